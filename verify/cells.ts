import type { S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import type { FileType } from "../shared/catalogue/events.ts";
import { lookUpFile } from "../shared/s3/landed_files.ts";
import { aside } from "../warehouse/load/archive.ts";
import { prepareSession, stage } from "../warehouse/load/stage_file.ts";
import { FileChanged } from "../warehouse/source/raw_file.ts";
import { UnreadableFile } from "../warehouse/source/unreadable_file.ts";
import { cellsSql } from "./cells_sql.ts";

/** The outcome of the search for the cells of loaded files. */
export interface CellCheck {
  /** Files that were read, of those that are loaded. */
  readonly files: number;
  readonly of: number;
  /** Filled cells that were searched for, and how many of them are missing. */
  readonly cells: number;
  readonly lost: number;
  /** What is missing from the warehouse, in words. */
  readonly problems: readonly string[];
}

/**
 * The size of the sample, unless all files are requested: half are the latest, the others random.
 */
const SAMPLE = 10;
/** Larger files are only read when all are requested, in bytes. */
const SAMPLE_BYTES = 8 * 1024 * 1024;

interface Loaded {
  readonly load_id: string;
  readonly key: string;
  readonly etag: string;
  readonly type: FileType;
  readonly sha256: string;
  /** Of its times without one, when it was loaded. */
  readonly zone: string;
}

/**
 * Rereads loaded files and looks for each of their filled cells in the warehouse: in the fact, in
 * what is known of the members that the row names, among the rejected rows. Files that are in
 * neither bucket any more are left out. Changes nothing.
 *
 * @param options.all reads every file instead of a sample
 * @throws PostgreSQL's and the AWS SDK's errors
 */
export async function checkCells(
  client: pg.Client,
  { s3, bucket, archiveBucket }: { s3: S3Client; bucket: string; archiveBucket: string },
  { all = false, signal }: { all?: boolean; signal?: AbortSignal } = {},
): Promise<CellCheck> {
  const { rows } = await client.query(
    `SELECT load_id, key, etag, type, sha256, bytes::float8 AS bytes,
       coalesce(source ->> 'time_zone', 'UTC') AS zone FROM warehouse.load_ledger
     WHERE bucket = $1 AND status = 'loaded' AND rows > 0 ORDER BY load_id DESC`,
    [bucket],
  );
  const small = rows.filter(({ bytes }: { bytes: number }) => bytes <= SAMPLE_BYTES);
  const files: Loaded[] = all ? rows : [...small.slice(0, SAMPLE), ...byLot(small.slice(SAMPLE))];
  const sum = { files: 0, cells: 0, lost: 0, problems: [] as string[] };
  for (const file of files) {
    signal?.throwIfAborted();
    const found = await checkFile(client, file, [
      [archiveBucket, file.key],
      [archiveBucket, aside(file.key, file.etag)],
      [bucket, file.key],
    ], s3);
    if (!found) continue;
    sum.files++;
    sum.cells += found.cells;
    sum.lost += found.lost;
    if (found.lost > 0) {
      sum.problems.push(
        `${file.key}: ${found.lost} cells are missing from the warehouse: ${
          found.examples.join(", ")
        }${found.lost > found.examples.length ? " …" : ""}`,
      );
    }
  }
  return { ...sum, of: rows.length };
}

function byLot<T>(files: readonly T[]): T[] {
  return files.map((file) => [Math.random(), file] as const).sort(([a], [b]) => a - b)
    .slice(0, SAMPLE).map(([, file]) => file);
}

interface Found {
  readonly cells: number;
  readonly lost: number;
  readonly examples: readonly string[];
}

/** @returns undefined if the file that was loaded is in none of the places */
async function checkFile(
  client: pg.Client,
  { load_id, type, sha256, zone }: Loaded,
  places: readonly (readonly [bucket: string, key: string])[],
  s3: S3Client,
): Promise<Found | undefined> {
  await prepareSession(client, type);
  for (const [bucket, key] of places) {
    const entry = await lookUpFile(s3, bucket, { key, type });
    if (!entry) continue;
    await client.query("BEGIN");
    try {
      const staged = await stage(client, entry, { s3, bucket, zone });
      if (staged.sha256 !== sha256) continue;
      const { rows: [found] } = await client.query(cellsSql(type), [load_id]);
      return { ...found, examples: found.examples ?? [] };
    } catch (error) {
      // Moved meanwhile, or another file of this name: the next place may have it.
      if (!(error instanceof FileChanged || error instanceof UnreadableFile)) throw error;
    } finally {
      await client.query("ROLLBACK");
    }
  }
}
