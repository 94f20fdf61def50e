import type pg from "pg";
import {
  type FileType,
  fileTypes,
  isMasterType,
  isType,
  type Type,
  types,
} from "../shared/catalogue/events.ts";
import type { Provenance } from "../shared/formats/provenance.ts";
import type { LoadCounts } from "../warehouse/load/load_ledger.ts";
import type { ClaimedFile } from "./claims.ts";

/** What the warehouse's tables hold, at one moment. */
export interface WarehouseCounts {
  /** By type: what the ledger says about all loads, whichever bucket they came from. */
  readonly entered: ReadonlyMap<FileType, LoadCounts>;
  /** By type: the rows of the fact table and of the rejected rows. */
  readonly present: ReadonlyMap<FileType, { readonly facts: number; readonly rejected: number }>;
  readonly freshness: readonly Freshness[];
}

/** What the ledger says about a file's name, for all contents that it has had. */
export interface LedgerFile {
  readonly key: string;
  readonly loaded?: LoadedFile;
  /** The contents that could not be read, and why. */
  readonly failed: readonly { readonly etag: string; readonly reason: string }[];
}

/** A file that the ledger has as loaded, perhaps in several versions. */
export interface LoadedFile extends LoadCounts {
  readonly type: FileType;
  readonly etags: readonly string[];
  /** When the first of them was loaded. */
  readonly since: Date;
  /** Undefined for files of other writers. */
  readonly claimed?: ClaimedFile;
}

/** How long events took from their time to the warehouse, in s. */
export interface Freshness {
  readonly type: Type;
  readonly events: number;
  readonly p50: number;
  readonly p95: number;
}

/** Rows of the ledger per fetch. */
const PORTION = 1_000;

/**
 * Reads all counts in one snapshot, so that loads that commit meanwhile are in all of them or in
 * none.
 *
 * @param onFile called with each file of the ledger; none is kept
 * @throws PostgreSQL's errors
 */
export async function warehouseCounts(
  client: pg.Client,
  bucket: string,
  onFile: (file: LedgerFile) => Promise<void>,
): Promise<WarehouseCounts> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    for await (const file of ledgerFiles(client, bucket)) await onFile(file);
    return {
      entered: await entered(client),
      present: await present(client),
      freshness: await freshness(client),
    };
  } finally {
    await client.query("ROLLBACK");
  }
}

/** The files among these that the ledger has as loaded, and since when. */
export async function loadedOf(
  client: pg.Client,
  bucket: string,
  keys: readonly string[],
): Promise<Map<string, Date>> {
  const { rows } = await client.query(
    `SELECT key, min(loaded_at) AS since FROM warehouse.load_ledger
     WHERE bucket = $1 AND status = 'loaded' AND key = ANY ($2) GROUP BY key`,
    [bucket, keys],
  );
  return new Map(rows.map(({ key, since }: { key: string; since: Date }) => [key, since]));
}

interface LedgerRow extends LoadCounts {
  readonly key: string;
  readonly etag: string;
  readonly type: FileType;
  readonly status: "loaded" | "failed";
  readonly reason: string;
  readonly topic: string | null;
  readonly topic_id: string | null;
  readonly group: string;
  readonly ranges: Provenance["ranges"];
  readonly loaded_at: Date;
}

/** The files of the ledger, through a cursor: rows of one name follow each other. */
async function* ledgerFiles(client: pg.Client, bucket: string): AsyncGenerator<LedgerFile> {
  await client.query(
    `DECLARE files NO SCROLL CURSOR FOR
     SELECT key, etag, type, status, reason, rows, facts, rejected, repeats, topic,
       topic_id, consumer_group AS group, ranges, loaded_at
     FROM warehouse.load_ledger WHERE bucket = ${client.escapeLiteral(bucket)}
     ORDER BY key, load_id`,
  );
  let file: LedgerFile | undefined;
  for (;;) {
    const { rows } = await client.query(`FETCH ${PORTION} FROM files`);
    for (const row of rows as LedgerRow[]) {
      if (file && file.key !== row.key) {
        yield file;
        file = undefined;
      }
      file = withRow(file ?? { key: row.key, failed: [] }, row);
    }
    if (rows.length < PORTION) break;
  }
  if (file) yield file;
}

function withRow({ key, loaded, failed }: LedgerFile, row: LedgerRow): LedgerFile {
  const { etag, type, topic, group, rows, facts, rejected, repeats, ranges, reason } = row;
  if (row.status === "failed") return { key, loaded, failed: [...failed, { etag, reason }] };
  const topicId = row.topic_id ?? undefined;
  return {
    key,
    failed,
    loaded: {
      type,
      etags: [...loaded?.etags ?? [], etag],
      since: loaded?.since ?? row.loaded_at,
      rows: rows + (loaded?.rows ?? 0),
      facts: facts + (loaded?.facts ?? 0),
      rejected: rejected + (loaded?.rejected ?? 0),
      repeats: repeats + (loaded?.repeats ?? 0),
      claimed: topic === null || !isType(type)
        ? loaded?.claimed
        : { key, type, topic, topicId, group, rows, ranges },
    },
  };
}

async function entered(client: pg.Client): Promise<Map<FileType, LoadCounts>> {
  const { rows } = await client.query(
    `SELECT type, sum(rows)::float8 AS rows, sum(facts)::float8 AS facts,
       sum(rejected)::float8 AS rejected, sum(repeats)::float8 AS repeats
     FROM warehouse.load_ledger WHERE status = 'loaded' GROUP BY type`,
  );
  return new Map(
    rows.map(({ type, ...counts }: LoadCounts & { type: FileType }) => [type, counts]),
  );
}

async function present(client: pg.Client): Promise<WarehouseCounts["present"]> {
  const counts = new Map<FileType, { facts: number; rejected: number }>();
  for (const type of fileTypes) {
    const facts = isMasterType(type) ? `master_rows WHERE type = '${type}'` : `fact_${type}`;
    const { rows: [row] } = await client.query(
      `SELECT (SELECT count(*)::float8 FROM warehouse.${facts}) AS facts,
         (SELECT count(*)::float8 FROM warehouse.rejected_rows
          JOIN warehouse.load_ledger USING (load_id) WHERE type = $1) AS rejected`,
      [type],
    );
    counts.set(type, row);
  }
  return counts;
}

async function freshness(client: pg.Client): Promise<Freshness[]> {
  const { rows } = await client.query(
    `SELECT type, events::float8, p50_seconds::float8 AS p50, p95_seconds::float8 AS p95
     FROM warehouse.pipeline_freshness WHERE events > 0`,
  );
  return types.flatMap((type) => rows.filter((row: Freshness) => row.type === type));
}
