import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import pLimit from "p-limit";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { copyTogetherSql } from "../sql/staging.ts";
import type { LoadOptions, LoadOutcome } from "./load_file.ts";
import { completeLoads, enterLoads, knownFiles } from "./load_ledger.ts";
import { lockFiles } from "./lock_files.ts";
import { merge } from "./merge.ts";
import { numberedLines } from "./numbered_lines.ts";
import { type PlainFile, readPlain } from "./plain_file.ts";
import { prepareSession } from "./stage_file.ts";

/** How many files are read at once. */
const READERS = 4;

/**
 * Loads small files of a type in one transaction, as `loadFile` loads each in one of its own: all
 * of them or none. Files that are not as our consumer writes them are left out; if anything goes
 * wrong, all are. Loaded alone, each shows what is the matter with it.
 *
 * @returns the outcome of each that was not left out
 */
export async function loadTogether(
  client: pg.Client,
  files: readonly FileEntry[],
  options: Pick<LoadOptions, "s3" | "bucket">,
): Promise<Map<FileEntry, LoadOutcome>> {
  try {
    const known = await knownFiles(client, options.bucket, files);
    const isNew = ({ key }: FileEntry) => !known.has(key);
    const read = await pLimit(READERS).map(files.filter(isNew), (file) => readPlain(file, options));
    const plain = read.filter((one) => one !== undefined);
    const alike = plain.filter(({ header }) => header.join() === plain[0]!.header.join());
    if (alike.length < 2) return new Map();
    await prepareSession(client, alike[0]!.file.type);
    await client.query("BEGIN");
    const outcomes = await inTransaction(client, alike, options.bucket);
    await client.query("COMMIT");
    return outcomes;
  } catch {
    // A lost connection has rolled back by itself.
    await client.query("ROLLBACK").catch(() => {});
    return new Map();
  }
}

async function inTransaction(
  client: pg.Client,
  files: readonly PlainFile[],
  bucket: string,
): Promise<Map<FileEntry, LoadOutcome>> {
  const { header, file: { type } } = files[0]!;
  const free = await lockFiles(client, bucket, files.map(({ file }) => file));
  const ids = await enterLoads(client, bucket, free);
  const loads = files.filter(({ file }) => free.includes(file)).flatMap((one) => {
    const loadId = ids.get(one.file.key);
    return loadId === undefined ? [] : [{ ...one, loadId, ...numberedLines(one.body, loadId) }];
  });
  const sink = client.query(copyFrom(copyTogetherSql(type, header)));
  await pipeline(Readable.from(loads.map(({ bytes }) => bytes)), sink);
  const rows = loads.reduce((sum, { count }) => sum + count, 0);
  if (sink.rowCount !== rows) throw new Error(`${sink.rowCount} rows were copied, not ${rows}`);
  const counts = await merge(
    client,
    type,
    loads.map(({ loadId, count }) => ({ loadId, rows: count })),
  );
  await completeLoads(client, loads.map((load, index) => ({ ...load, counts: counts[index]! })));
  const loaded = new Map(loads.map(({ file }, index) => [file, counts[index]!]));
  return new Map(files.map(({ file }) => [
    file,
    loaded.get(file) ?? (free.includes(file) ? "known" : "busy"),
  ]));
}
