import type { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { rootMessage } from "../shared/errors.ts";
import { columnsOf, type Type, types } from "../shared/events.ts";
import type { FileEntry } from "../shared/landed_files.ts";
import { sqlState } from "../shared/postgres.ts";
import { cellsSql } from "./cells.ts";
import { completeLoad, enterLoad, type LoadCounts } from "./load_ledger.ts";
import { type MergeSql, mergeSql } from "./merge_sql.ts";
import { openFile, type RawFile, UnreadableFile } from "./raw_file.ts";
import { copySql, LINES, sessionSql } from "./staging.ts";

/** What a load is told. */
export interface LoadOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Does everything and takes it back. */
  readonly dryRun?: boolean;
  /** Waits for another loader that is at the file, rather than leaving it to that one. */
  readonly wait?: boolean;
}

/** `busy`: another loader is at it. `known`: it was loaded before. */
export type LoadOutcome = LoadCounts | "busy" | "known";

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
    const { rejected, rows, sha256, provenance } = await stage(client, loadId, file, options);
    const counts = await merge(client, loadId, file.type, { rows, rejected });
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
  readonly rejected: number;
  readonly sha256: string;
  readonly provenance: RawFile["provenance"];
}

/**
 * Copies the file into the staged table. Our consumer's cells are known to be right, and are copied as
 * they are; those of others are judged first.
 */
async function stage(
  client: pg.Client,
  loadId: string,
  file: FileEntry,
  { s3, bucket }: LoadOptions,
): Promise<Staged> {
  const raw = await openFile(s3, bucket, file);
  const { header, provenance } = raw;
  const isOurs = provenance && String(header) === String(columnsOf(file.type));
  if (!isOurs) return await stageCells(client, loadId, file.type, raw);
  await client.query(`SELECT setval('${LINES}', 2, false); SAVEPOINT copy`);
  try {
    return { ...await copy(client, copySql(file.type), raw), rejected: 0, provenance };
  } catch (error) {
    if (!isDataError(error)) throw error;
    // It is not as our consumer writes it after all: every cell is looked at.
    await client.query("ROLLBACK TO copy");
    const again = await openFile(s3, bucket, file);
    return await stageCells(client, loadId, file.type, again);
  }
}

/** Copies the file as text, rejects rows with a cell that is no value of its kind, and stages the others. */
async function stageCells(
  client: pg.Client,
  loadId: string,
  type: Type,
  raw: RawFile,
): Promise<Staged> {
  const sql = cellsSql(type, raw.header);
  await client.query(sql.create);
  try {
    const copied = await copy(client, sql.copy, raw);
    const { rowCount: rejected } = await client.query(sql.reject, [loadId]);
    await client.query(sql.stage);
    return { ...copied, rejected, provenance: raw.provenance };
  } catch (error) {
    if (isDataError(error)) throw new UnreadableFile(explainCopy(error), { cause: error });
    throw error;
  }
}

async function copy(
  client: pg.Client,
  sql: string,
  { body, provenance }: RawFile,
): Promise<{ rows: number; sha256: string }> {
  const hash = createHash("sha256");
  const sink = client.query(copyFrom(sql));
  const hashed = async function* () {
    for await (const chunk of body) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(Readable.from(hashed()), sink);
  const sha256 = hash.digest("hex");
  if (provenance && provenance.sha256 !== sha256) {
    throw new UnreadableFile("its content is not what its writer noted: the SHA-256 differs");
  }
  return { rows: sink.rowCount, sha256 };
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
  { rows, rejected }: { rows: number; rejected: number },
): Promise<LoadCounts> {
  const sql = merges[type];
  const run = async (name: string, text: string, values: unknown[] = []): Promise<number> =>
    (await client.query({ name: `${name}-${type}`, text, values })).rowCount;
  const broken = await run("reject", sql.reject, [loadId]);
  for (const [index, text] of sql.observe.entries()) await run(`observe-${index}`, text);
  await run("dates", sql.dates);
  const facts = await run("insert", sql.insert, [loadId]);
  const left = rows - rejected - broken - facts;
  const conflicts = left > 0 ? await run("conflicts", sql.conflicts, [loadId]) : 0;
  return { rows, facts, rejected: rejected + broken + conflicts, repeats: left - conflicts };
}

/** Class 22 of PostgreSQL's codes, data exceptions: the file is wrong, not the server. */
function isDataError(error: unknown): boolean {
  return sqlState(error)?.startsWith("22") ?? false;
}

/** What COPY says and where: "COPY file_cells, line 3: …" names a table that nobody knows. */
function explainCopy(error: unknown): string {
  const where = /line \d+/.exec((error as { where?: string }).where ?? "")?.[0];
  return where ? `${where}: ${rootMessage(error)}` : rootMessage(error);
}
