import type pg from "pg";
import { type Type, types } from "../../shared/events.ts";
import type { Provenance } from "../../shared/provenance.ts";
import type { LoadCounts } from "../load_ledger.ts";
import type { ClaimedFile } from "./claims.ts";

/** What the warehouse holds, at one moment. */
export interface WarehouseCounts {
  /** The files that the ledger has as loaded from the bucket, by key. */
  readonly loaded: ReadonlyMap<string, LoadedFile>;
  /** The keys and ETags of files that could not be read, and why. */
  readonly failed: readonly {
    readonly key: string;
    readonly etag: string;
    readonly reason: string;
  }[];
  /** By type: what the ledger says of all loads, whichever bucket they came from. */
  readonly entered: ReadonlyMap<Type, LoadCounts>;
  /** By type: the rows of the fact table and of the rejected rows. */
  readonly present: ReadonlyMap<Type, { readonly facts: number; readonly rejected: number }>;
  readonly freshness: readonly Freshness[];
}

/** A file that the ledger has as loaded, perhaps in several versions. */
export interface LoadedFile extends LoadCounts {
  readonly type: Type;
  readonly etags: readonly string[];
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

/**
 * Reads all counts in one snapshot, so that loads that commit meanwhile are in all of them or in none.
 *
 * @throws PostgreSQL's errors
 */
export async function warehouseCounts(
  client: pg.Client,
  bucket: string,
): Promise<WarehouseCounts> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    const ledger = await client.query(
      `SELECT key, etag, type, status, reason, rows, facts, rejected, repeats, topic,
         topic_id, consumer_group AS group, ranges
       FROM warehouse.load_ledger WHERE bucket = $1 ORDER BY load_id`,
      [bucket],
    );
    const loaded = new Map<string, LoadedFile>();
    const failed = [];
    for (const row of ledger.rows as LedgerRow[]) {
      if (row.status === "loaded") loaded.set(row.key, withRow(loaded.get(row.key), row));
      else failed.push({ key: row.key, etag: row.etag, reason: row.reason });
    }
    return {
      loaded,
      failed,
      entered: await entered(client),
      present: await present(client),
      freshness: await freshness(client),
    };
  } finally {
    await client.query("ROLLBACK");
  }
}

interface LedgerRow extends LoadCounts {
  readonly key: string;
  readonly etag: string;
  readonly type: Type;
  readonly status: "loaded" | "failed";
  readonly reason: string;
  readonly topic: string | null;
  readonly topic_id: string | null;
  readonly group: string;
  readonly ranges: Provenance["ranges"];
}

function withRow(before: LoadedFile | undefined, row: LedgerRow): LoadedFile {
  const { key, etag, type, topic, group, rows, facts, rejected, repeats, ranges } = row;
  const topicId = row.topic_id ?? undefined;
  return {
    type,
    etags: [...before?.etags ?? [], etag],
    rows: rows + (before?.rows ?? 0),
    facts: facts + (before?.facts ?? 0),
    rejected: rejected + (before?.rejected ?? 0),
    repeats: repeats + (before?.repeats ?? 0),
    claimed: topic === null ? before?.claimed : { key, type, topic, topicId, group, rows, ranges },
  };
}

async function entered(client: pg.Client): Promise<Map<Type, LoadCounts>> {
  const { rows } = await client.query(
    `SELECT type, sum(rows)::float8 AS rows, sum(facts)::float8 AS facts,
       sum(rejected)::float8 AS rejected, sum(repeats)::float8 AS repeats
     FROM warehouse.load_ledger WHERE status = 'loaded' GROUP BY type`,
  );
  return new Map(rows.map(({ type, ...counts }: LoadCounts & { type: Type }) => [type, counts]));
}

async function present(client: pg.Client): Promise<WarehouseCounts["present"]> {
  const counts = new Map<Type, { facts: number; rejected: number }>();
  for (const type of types) {
    const { rows: [row] } = await client.query(
      `SELECT (SELECT count(*)::float8 FROM warehouse.fact_${type}) AS facts,
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
