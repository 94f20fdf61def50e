import { isMasterType } from "../../shared/catalogue/events.ts";
import type { FileEntry } from "../../shared/s3/landed_files.ts";

/** A larger file is loaded alone, in bytes: its rows cost more than what it shares with others. */
const SMALL = 256 * 1024;
/** As many files are loaded together at the most, and as many bytes: they are held in memory. */
const MOST_FILES = 32;
const MOST_BYTES = 1024 * 1024;

/**
 * Puts small files of a type together, to be loaded in one transaction, in the order of their
 * oldest.
 *
 * @param parts so many sets at least, if there are as many files: as many are loaded at once
 */
export function putTogether(files: readonly FileEntry[], parts: number): FileEntry[][] {
  const most = Math.min(MOST_FILES, Math.ceil(files.length / parts));
  const sets: FileEntry[][] = [];
  const open = new Map<string, { set: FileEntry[]; bytes: number }>();
  for (const file of files) {
    const { type, bytes } = file;
    const last = open.get(type);
    if (last && isSmall(file) && last.set.length < most && last.bytes + bytes <= MOST_BYTES) {
      last.set.push(file);
      last.bytes += bytes;
      continue;
    }
    const set = [file];
    sets.push(set);
    if (isSmall(file)) open.set(type, { set, bytes });
  }
  return sets;
}

/** Master data is merged in the order of its files. */
function isSmall({ type, bytes }: FileEntry): boolean {
  return bytes <= SMALL && !isMasterType(type);
}
