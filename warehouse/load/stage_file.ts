import type { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { columnsOf, envelope, type FileType, recordOf } from "../../shared/catalogue/events.ts";
import { readKey } from "../../shared/formats/object_key.ts";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { ForeignRows, NeedsSurvey } from "../source/foreign_rows.ts";
import { openFile, type RawFile } from "../source/raw_file.ts";
import { idFinder } from "../source/columns.ts";
import type { SourceForm } from "../source/source_row.ts";
import { sourceRows } from "../source/source_rows.ts";
import { type Survey, surveyRows } from "../source/survey.ts";
import { copyForeignSql, copySql, LINES, sessionSql } from "../sql/staging.ts";
import { faultOf, UnreadableFile } from "../source/unreadable_file.ts";

/** Where files are, and how they are read. */
export interface SourceOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** The time zone for other writers' times without one. */
  readonly zone: string;
}

/** The types that a session has its temporary tables for. */
const prepared = new WeakMap<pg.Client, Set<FileType>>();

/** Creates a session's temporary tables for a type. */
export async function prepareSession(client: pg.Client, type: FileType): Promise<void> {
  const types = prepared.get(client) ?? new Set<FileType>();
  prepared.set(client, types);
  if (types.has(type)) return;
  await client.query(sessionSql(type));
  types.add(type);
}

/** A file whose rows are in the staged table of its type. */
export interface Staged {
  readonly rows: number;
  readonly sha256: string;
  readonly provenance: RawFile["provenance"];
  /** How a file of another writer was read, for the ledger. */
  readonly source?: Record<string, unknown>;
}

/**
 * Copies the file into the staged table. Our consumer's cells are known to be valid, and are copied
 * as they are; those of others are read and checked first.
 */
export async function stage(
  client: pg.Client,
  file: FileEntry,
  options: SourceOptions,
): Promise<Staged> {
  const { s3, bucket } = options;
  const { type } = file;
  const raw = await openFile(s3, bucket, file);
  if (!raw.header || !isPlain(raw.header, type)) {
    return await stageForeign(client, file, raw, options);
  }
  await client.query(`SELECT setval('${LINES}', 2, false); SAVEPOINT copy`);
  try {
    return await copy(client, copySql(type, raw.header), raw);
  } catch (error) {
    if (error instanceof UnreadableFile || !faultOf(error)) throw error;
    // It is not as our consumer writes it after all: every cell is checked.
    await client.query("ROLLBACK TO copy");
    return await stageForeign(client, file, await openFile(s3, bucket, file), options);
  }
}

/** Whether nothing has to be filled in, and nothing kept apart, of what our consumer writes. */
export function isPlain(header: readonly string[], type: FileType): boolean {
  const columns = columnsOf(type);
  const filled = [...Object.keys(envelope), recordOf(type).idField];
  return new Set(header).size === header.length &&
    header.every((name) => columns.includes(name)) &&
    filled.every((name) => header.includes(name));
}

/**
 * Reads and checks a file of another writer. If a value is only clear from others in its column,
 * all rows are read for that first.
 */
async function stageForeign(
  client: pg.Client,
  file: FileEntry,
  raw: RawFile,
  { s3, bucket, zone }: SourceOptions,
): Promise<Staged> {
  await client.query("SAVEPOINT copy");
  try {
    return await copyForeign(client, file, raw, zone);
  } catch (error) {
    if (!(error instanceof NeedsSurvey)) throw error;
  }
  await client.query("ROLLBACK TO copy");
  const { body } = await openFile(s3, bucket, file);
  const { rows, foreign } = readForeign(file, raw, body, zone);
  const survey = await surveyRows(rows, foreign);
  return await copyForeign(client, file, await openFile(s3, bucket, file), zone, survey);
}

async function copyForeign(
  client: pg.Client,
  file: FileEntry,
  raw: RawFile,
  zone: string,
  survey?: Survey,
): Promise<Staged> {
  let noted: () => Record<string, unknown> | undefined = () => undefined;
  const lines = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const { rows, foreign, form } = readForeign(file, raw, body, zone, survey);
    noted = () => sourceOf(raw, form, foreign, zone, survey);
    for await (const some of rows) yield some.map((row) => `${foreign.line(row)}\n`).join("");
  };
  const staged = await copy(client, copyForeignSql(file.type), raw, lines);
  return { ...staged, source: noted() };
}

function readForeign(
  { key, type }: FileEntry,
  { provenance }: RawFile,
  body: AsyncIterable<Uint8Array>,
  zone: string,
  survey?: Survey,
) {
  const named = readKey(key);
  const form: SourceForm = { format: "format" in named ? named.format : "csv" };
  const rows = sourceRows(body, {
    type,
    isId: idFinder(type),
    id: recordOf(type).idField,
    isOurs: provenance !== undefined,
    form,
  });
  const foreign = new ForeignRows(type, {
    // Our consumer has read the times of events: those without a zone were UTC.
    zone: provenance ? "UTC" : zone,
    get decimalComma() {
      return form.delimiter === ";";
    },
    survey,
  });
  return { rows, foreign, form };
}

/**
 * What the ledger records about how a file was read; nothing for an ordinary file of our consumer.
 */
function sourceOf(
  { provenance }: RawFile,
  form: SourceForm,
  { taken }: ForeignRows,
  zone: string,
  survey: Survey | undefined,
): Record<string, unknown> | undefined {
  const columns = taken.size > 0 ? { columns: Object.fromEntries(taken) } : {};
  if (provenance) return taken.size > 0 ? columns : undefined;
  const orders = Object.keys(survey?.orders ?? {}).length > 0 ? { dates: survey!.orders } : {};
  return { ...form, time_zone: zone, ...columns, ...orders };
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
    throw new UnreadableFile("its content is not what its writer recorded: the SHA-256 differs");
  }
  return { rows: sink.rowCount, sha256, provenance };
}
