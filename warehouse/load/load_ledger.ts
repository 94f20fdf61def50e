import type pg from "pg";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";

/** The outcome for the rows of a file. */
export interface LoadCounts {
  readonly rows: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
}

/** Counts of several files together. */
export type LoadSum = { files: number } & { -readonly [Name in keyof LoadCounts]: number };

/** The sum of no files. */
export function emptySum(): LoadSum {
  return { files: 0, rows: 0, facts: 0, rejected: 0, repeats: 0 };
}

/** Adds a file to a sum. */
export function addLoad(sum: LoadSum, counts: LoadCounts): void {
  sum.files++;
  for (const name of ["rows", "facts", "rejected", "repeats"] as const) sum[name] += counts[name];
}

/** What the ledger says about a file. */
export type LedgerStatus = "loaded" | "failed";

/**
 * Those of these files that the ledger has in exactly this version, and what it says about them.
 */
export async function knownFiles(
  client: pg.Client,
  bucket: string,
  files: readonly FileEntry[],
): Promise<Map<string, LedgerStatus>> {
  const { rows } = await client.query(
    `SELECT l.key, l.status FROM unnest($2::text[], $3::text[]) AS f(key, etag)
     JOIN warehouse.load_ledger l ON l.bucket = $1 AND l.key = f.key AND l.etag = f.etag`,
    [bucket, files.map(({ key }) => key), files.map(({ etag }) => etag)],
  );
  return new Map(
    rows.map(({ key, status }: { key: string; status: LedgerStatus }) => [key, status]),
  );
}

/** Whether any version of the file is loaded. */
export async function isLoaded(client: pg.Client, bucket: string, key: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT FROM warehouse.load_ledger WHERE bucket = $1 AND key = $2 AND status = 'loaded' LIMIT 1",
    [bucket, key],
  );
  return rowCount > 0;
}

/**
 * Enters files of one type as loaded, in the transaction that loads them.
 *
 * @returns the loads' ids by key, without those of files that are loaded already
 */
export async function enterLoads(
  client: pg.Client,
  bucket: string,
  files: readonly FileEntry[],
): Promise<Map<string, string>> {
  const { rows } = await client.query({
    name: "enter-loads",
    text:
      `INSERT INTO warehouse.load_ledger AS l (bucket, key, etag, type, status, bytes, landed_at)
     SELECT $1, f.key, f.etag, f.type, 'loaded', f.bytes, f.landed_at
     FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[])
       WITH ORDINALITY AS f (key, etag, type, bytes, landed_at, n)
     ORDER BY f.n
     ON CONFLICT (bucket, key, etag) DO UPDATE SET status = 'loaded', reason = NULL
     WHERE l.status = 'failed'
     RETURNING key, load_id`,
    values: [
      bucket,
      ...(["key", "etag", "type", "bytes", "landedAt"] as const)
        .map((name) => files.map((file) => file[name])),
    ],
  });
  return new Map(rows.map((row: { key: string; load_id: string }) => [row.key, row.load_id]));
}

/** What completes the entry of a load. */
export interface CompletedLoad {
  readonly loadId: string;
  readonly counts: LoadCounts;
  readonly sha256: string;
  readonly provenance?: Provenance;
  /** How a file of another writer was read. */
  readonly source?: Record<string, unknown>;
}

/** Completes the entries of loads with the outcome for their rows, at the end of their transaction. */
export async function completeLoads(
  client: pg.Client,
  loads: readonly CompletedLoad[],
): Promise<void> {
  await client.query({
    name: "complete-loads",
    text: `UPDATE warehouse.load_ledger l SET rows = d.rows, facts = d.facts,
       rejected = d.rejected, repeats = d.repeats, sha256 = d.sha256,
       consumer_group = d.consumer_group, topic = d.topic, topic_id = d.topic_id,
       ranges = d.ranges, source = d.source, loaded_at = clock_timestamp()
     FROM jsonb_to_recordset($1) AS d (load_id bigint, rows int, facts int, rejected int,
       repeats int, sha256 text, consumer_group text, topic text, topic_id text, ranges jsonb,
       source jsonb)
     WHERE l.load_id = d.load_id`,
    values: [JSON.stringify(loads.map(({ loadId, counts, sha256, provenance, source }) => ({
      load_id: loadId,
      rows: counts.rows,
      facts: counts.facts,
      rejected: counts.rejected,
      repeats: counts.repeats,
      sha256,
      consumer_group: provenance?.group,
      topic: provenance?.topic,
      topic_id: provenance?.topicId,
      ranges: provenance?.ranges,
      source,
    })))],
  });
}

/** Enters a file as one that cannot be read, and why. */
export async function enterFailure(
  client: pg.Client,
  bucket: string,
  { key, etag, type, bytes, landedAt }: FileEntry,
  reason: string,
): Promise<void> {
  await client.query(
    `INSERT INTO warehouse.load_ledger AS l
       (bucket, key, etag, type, status, reason, bytes, landed_at)
     VALUES ($1, $2, $3, $4, 'failed', $5, $6, $7)
     ON CONFLICT (bucket, key, etag) DO UPDATE
       SET reason = excluded.reason, loaded_at = clock_timestamp()
     WHERE l.status = 'failed'`,
    [bucket, key, etag, type, reason, bytes, landedAt],
  );
}
