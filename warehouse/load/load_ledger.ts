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
 * Enters a file as loaded, in the transaction that loads it.
 *
 * @returns the load's id; undefined if the file is loaded already
 */
export async function enterLoad(
  client: pg.Client,
  bucket: string,
  { key, etag, type, bytes, landedAt }: FileEntry,
): Promise<string | undefined> {
  const { rows } = await client.query({
    name: "enter-load",
    text:
      `INSERT INTO warehouse.load_ledger AS l (bucket, key, etag, type, status, bytes, landed_at)
     VALUES ($1, $2, $3, $4, 'loaded', $5, $6)
     ON CONFLICT (bucket, key, etag) DO UPDATE SET status = 'loaded', reason = NULL
     WHERE l.status = 'failed'
     RETURNING load_id`,
    values: [bucket, key, etag, type, bytes, landedAt],
  });
  return rows[0]?.load_id;
}

/** Completes the entry of a load with the outcome for its rows, at the end of its transaction. */
export async function completeLoad(
  client: pg.Client,
  loadId: string,
  counts: LoadCounts,
  { sha256, provenance, source }: {
    sha256: string;
    provenance: Provenance | undefined;
    /** How a file of another writer was read. */
    source: Record<string, unknown> | undefined;
  },
): Promise<void> {
  await client.query({
    name: "complete-load",
    text: `UPDATE warehouse.load_ledger SET rows = $2, facts = $3, rejected = $4, repeats = $5,
       sha256 = $6, consumer_group = $7, topic = $8, topic_id = $9, ranges = $10,
       source = $11, loaded_at = clock_timestamp()
     WHERE load_id = $1`,
    values: [
      loadId,
      counts.rows,
      counts.facts,
      counts.rejected,
      counts.repeats,
      sha256,
      provenance?.group,
      provenance?.topic,
      provenance?.topicId,
      provenance && JSON.stringify(provenance.ranges),
      source && JSON.stringify(source),
    ],
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
