import type { CsvRecord } from "../../shared/formats/csv.ts";
import { CsvBytes } from "../../shared/formats/csv_bytes.ts";
import { excerpt } from "../../shared/cli/printable.ts";
import { asFileFault, UnreadableFile } from "./unreadable_file.ts";
import type { IsId } from "./source_row.ts";

/** What the beginning of a CSV file says about the rest. */
export interface CsvHeader {
  readonly delimiter: string;
  /** The names of the columns. */
  readonly names: readonly string[];
  /** The number of the record that they are in. */
  readonly number: number;
}

/** Delimiters, the most common first. */
const DELIMITERS = [",", ";", "\t", "|", "^", "~", ":", "\x1f", "\x01"];

/** The longest header, in bytes. */
const MAX_HEADER = 256 * 1024;

/** Excel's delimiter declaration, on a line before the header. */
const SEP = /^sep=(.)$/i;

/**
 * Finds the header of a CSV file and the delimiter that makes names of columns out of it.
 *
 * @param chunks read no further than to the end of the header, which may have line breaks in its
 * names
 * @param options.id names the column that isId looks for, for the message
 * @returns with `head`, what has been read
 * @throws {UnreadableFile} when it has none
 */
export async function findHeader(
  chunks: AsyncIterator<Uint8Array>,
  { isId, id, isOurs }: { isId: IsId; id: string; isOurs?: boolean },
): Promise<CsvHeader & { readonly head: Uint8Array }> {
  const candidates = DELIMITERS.map((delimiter) => new Candidate(delimiter));
  const [comma] = candidates as [Candidate];
  const read: Uint8Array[] = [];
  let length = 0;
  while (candidates.some((one) => one.isOpen)) {
    if (length > MAX_HEADER) {
      throw new UnreadableFile(`its header does not end within ${MAX_HEADER / 1024} KiB`);
    }
    const { done, value } = await chunks.next();
    if (!done) read.push(value);
    length += value?.length ?? 0;
    for (const one of candidates) one.read(done ? undefined : value);
  }
  const head = concat(read, length);
  const told = comma.sep ?? candidates.find(({ sep }) => sep !== undefined)?.sep;
  const found =
    candidates.find(({ delimiter, names }) =>
      (told === undefined || told === delimiter) && names?.some(isId)
    ) ?? comma;
  const { delimiter, number } = found;
  const names = usable(found, isId, id);
  // Our consumer writes the names of an event's fields as they are.
  return { delimiter, names: isOurs ? names : trimmed(names), number, head };
}

/** A delimiter that is being tried. */
class Candidate {
  /** The header, if there is one with this delimiter. */
  names: readonly string[] | undefined;
  number = 1;
  /** The delimiter that a line before the header names. */
  sep: string | undefined;
  error: unknown;
  isOpen = true;
  readonly #reader: CsvBytes;

  constructor(readonly delimiter: string) {
    this.#reader = new CsvBytes(delimiter);
  }

  /** @param bytes undefined at the end of the file */
  read(bytes: Uint8Array | undefined): void {
    if (!this.isOpen) return;
    try {
      for (const record of lines(this.#reader, bytes)) {
        const [, sep] = SEP.exec(record.cells.join(this.delimiter)) ?? [];
        if (sep !== undefined && this.sep === undefined) {
          this.sep = sep;
          continue;
        }
        this.names = record.cells;
        this.number = record.number;
        this.isOpen = false;
        return;
      }
    } catch (error) {
      this.error = error;
      this.isOpen = false;
    }
    if (bytes === undefined) this.isOpen = false;
  }
}

/**
 * The records of a piece, read line by line: what is wrong behind the header is told when it is
 * read.
 */
function* lines(reader: CsvBytes, bytes: Uint8Array | undefined): Generator<CsvRecord> {
  if (bytes === undefined) return yield* reader.end();
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(10, from) + 1 || bytes.length;
    yield* reader.read(bytes.subarray(from, end));
    from = end;
  }
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * The names of the columns.
 *
 * @throws {UnreadableFile} when it cannot be used
 */
function usable({ error, names }: Candidate, isId: IsId, id: string): readonly string[] {
  if (error !== undefined) {
    asFileFault(() => {
      throw error;
    });
  }
  return checkNames(names ?? [], isId, id);
}

/**
 * The names of the columns out of the first record of a table. Programs that write tables leave
 * empty cells at its end.
 *
 * @throws {UnreadableFile} when it cannot be its header
 */
export function checkNames(cells: readonly string[], isId: IsId, id: string): readonly string[] {
  const header = [...cells];
  while (header.at(-1)?.trim() === "") header.pop();
  if (header.length === 0) throw new UnreadableFile("it is empty: not even a header");
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) throw new UnreadableFile(`its header has the column "${twice}" twice`);
  if (header.some(isId)) return header;
  throw new UnreadableFile(
    `its header has neither event_id nor ${id}: ${excerpt(header.join(","), 200)}`,
  );
}

/**
 * Without the blanks around names, but where two would then be one: an event may have such fields.
 */
export function trimmed(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  return names.map((name) => {
    const short = name.trim();
    if (taken.has(short)) return name;
    taken.add(short);
    return short;
  });
}
