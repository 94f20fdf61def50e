import type { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { catalogue, columnsOf, envelope, type Type, types } from "../shared/events.ts";
import type { CsvRecord } from "../shared/formats/csv.ts";
import { CsvBytes } from "../shared/formats/csv_bytes.ts";
import type { FileEntry } from "../shared/landed_files.ts";
import { foreignRows } from "./foreign_rows.ts";
import { completeLoad, enterLoad, type LoadCounts } from "./load_ledger.ts";
import { type MergeSql, mergeSql } from "./merge_sql.ts";
import type { NewValue } from "./new_values.ts";
import { openFile, type RawFile } from "./raw_file.ts";
import { copyForeignSql, copySql, LINES, sessionSql } from "./staging.ts";
import { asFileFault, faultOf, UnreadableFile } from "./unreadable_file.ts";

/** What a load is told. */
export interface LoadOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Does everything and takes it back. */
  readonly dryRun?: boolean;
  /** Waits for another loader that is at the file, rather than leaving it to that one. */
  readonly wait?: boolean;
}

/** What a load has brought. */
export interface Loaded extends LoadCounts {
  /** Values of its facts that are not in the catalogue's sets. */
  readonly newValues: readonly NewValue[];
}

/** `busy`: another loader is at it. `known`: it was loaded before. */
export type LoadOutcome = Loaded | "busy" | "known";

/**
 * Loads one file in one transaction: copies it into a temporary table, takes its rows to the facts,
 * the rejected rows and the dimensions, and enters it into the ledger. Whatever ends it before the
 * commit, nothing has happened; after it, the ledger knows the file by its key and ETag.
 *
 * @throws {UnreadableFile} when it cannot be read; {@linkcode FileChanged} when it is not what was
 *   listed any more; PostgreSQL's and the AWS SDK's errors
 */
export async function loadFile(
  client: pg.Client,
  file: FileEntry,
  options: LoadOptions,
): Promise<LoadOutcome> {
  const { bucket, dryRun = false, wait = false } = options;
  await prepareSession(client, file.type);
  await client.query("BEGIN");
  let committed = false;
  try {
    if (!await lockFile(client, `${bucket}/${file.key}`, wait)) return "busy";
    const loadId = await enterLoad(client, bucket, file);
    if (loadId === undefined) return "known";
    const { rows, sha256, provenance } = await stage(client, file, options);
    const counts = await merge(client, loadId, file.type, rows);
    await completeLoad(client, loadId, counts, sha256, provenance);
    if (!dryRun) {
      await client.query("COMMIT");
      committed = true;
    }
    return counts;
  } finally {
    // A connection that is lost has rolled back by itself.
    if (!committed) await client.query("ROLLBACK").catch(() => {});
  }
}

/** The types that a session has its temporary tables for. */
const prepared = new WeakMap<pg.Client, Set<Type>>();

async function prepareSession(client: pg.Client, type: Type): Promise<void> {
  const types = prepared.get(client) ?? new Set<Type>();
  prepared.set(client, types);
  if (types.has(type)) return;
  await client.query(sessionSql(type));
  types.add(type);
}

async function lockFile(client: pg.Client, name: string, wait: boolean): Promise<boolean> {
  const lock = wait ? "pg_advisory_xact_lock" : "pg_try_advisory_xact_lock";
  const { rows: [row] } = await client.query(
    `SELECT ${lock}(hashtextextended($1, 0)) AS held`,
    [name],
  );
  return row.held !== false;
}

interface Staged {
  readonly rows: number;
  readonly sha256: string;
  readonly provenance: RawFile["provenance"];
}

/**
 * Copies the file into the staged table. Our consumer's cells are known to be right, and are copied as
 * they are; those of others are read and judged first.
 */
async function stage(
  client: pg.Client,
  file: FileEntry,
  { s3, bucket }: LoadOptions,
): Promise<Staged> {
  const { type } = file;
  const raw = await openFile(s3, bucket, file);
  if (!raw.provenance || !isPlain(raw.header, type)) return await stageForeign(client, type, raw);
  await client.query(`SELECT setval('${LINES}', 2, false); SAVEPOINT copy`);
  try {
    return await copy(client, copySql(type, raw.header), raw);
  } catch (error) {
    if (error instanceof UnreadableFile || !faultOf(error)) throw error;
    // It is not as our consumer writes it after all: every cell is looked at.
    await client.query("ROLLBACK TO copy");
    return await stageForeign(client, type, await openFile(s3, bucket, file));
  }
}

/** Whether nothing has to be filled in, and nothing kept apart, of what our consumer writes. */
function isPlain(header: readonly string[], type: Type): boolean {
  const columns = columnsOf(type);
  const filled = [...Object.keys(envelope), catalogue[type].idField];
  return header.every((name) => columns.includes(name)) &&
    filled.every((name) => header.includes(name));
}

async function stageForeign(client: pg.Client, type: Type, raw: RawFile): Promise<Staged> {
  return await copy(client, copyForeignSql(type), raw, judged(raw.header, type));
}

/** Makes the lines that COPY takes out of a file's bytes. */
function judged(header: readonly string[], type: Type) {
  return async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const toLine = foreignRows(type, header);
    const reader = new CsvBytes();
    let isHeader = true;
    const lines = (records: CsvRecord[]) => {
      if (isHeader && records.length > 0) {
        isHeader = false;
        records.shift();
      }
      return records.map((record) => `${toLine(record)}\n`).join("");
    };
    for await (const chunk of body) yield lines(asFileFault(() => reader.read(chunk), header));
    yield lines(asFileFault(() => reader.end(), header));
  };
}

async function copy(
  client: pg.Client,
  sql: string,
  { body, provenance }: RawFile,
  through?: (body: AsyncIterable<Uint8Array>) => AsyncIterable<string>,
): Promise<Staged> {
  const hash = createHash("sha256");
  const hashed = async function* () {
    for await (const chunk of body) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const sink = client.query(copyFrom(sql));
  await pipeline(Readable.from(through ? through(hashed()) : hashed()), sink);
  const sha256 = hash.digest("hex");
  if (provenance && provenance.sha256 !== sha256) {
    throw new UnreadableFile("its content is not what its writer noted: the SHA-256 differs");
  }
  return { rows: sink.rowCount, sha256, provenance };
}

/** The statements of each type: the same for every file. */
const merges = Object.fromEntries(types.map((type) => [type, mergeSql(type)])) as Readonly<
  Record<Type, MergeSql>
>;

/** Takes the staged rows to where they belong. */
async function merge(
  client: pg.Client,
  loadId: string,
  type: Type,
  rows: number,
): Promise<Loaded> {
  const sql = merges[type];
  const query = (name: string, text: string, values: unknown[] = []) =>
    client.query({ name: `${name}-${type}`, text, values });
  const run = async (...args: Parameters<typeof query>): Promise<number> =>
    (await query(...args)).rowCount;
  const broken = await run("reject", sql.reject, [loadId]);
  const words = sql.words && await run("words", sql.words.found) > 0 ? sql.words : undefined;
  if (words) await run("rename", words.rename);
  for (const [index, text] of sql.observe.entries()) await run(`observe-${index}`, text);
  await run("dates", sql.dates);
  const facts = await run("insert", sql.insert, [loadId]);
  const left = rows - broken - facts;
  const conflicts = left > 0 ? await run("conflicts", sql.conflicts, [loadId]) : 0;
  const newValues = words ? (await query("new-values", words.newValues, [loadId])).rows : [];
  return { rows, facts, rejected: broken + conflicts, repeats: left - conflicts, newValues };
}
