import type pg from "pg";
import type { Type } from "../../shared/catalogue/events.ts";
import { schemaVersion } from "../../warehouse/sql/schema.ts";
import type { LoadedFlow } from "./flow.ts";

/**
 * What the ledger says has been loaded from a bucket, by type; undefined where there is no schema yet.
 *
 * @throws PostgreSQL's errors
 */
export async function warehouseFlow(
  client: pg.ClientBase,
  bucket: string,
): Promise<ReadonlyMap<Type, LoadedFlow> | undefined> {
  if (await schemaVersion(client) === 0) return undefined;
  const { rows } = await client.query(
    `SELECT type, count(*) FILTER (WHERE status = 'loaded')::float8 AS files,
       sum(facts)::float8 AS facts, sum(rejected)::float8 AS rejected,
       sum(repeats)::float8 AS repeats,
       count(*) FILTER (WHERE status = 'failed')::float8 AS unreadable,
       extract(epoch FROM max(loaded_at))::float8 * 1000 AS "lastAt"
     FROM warehouse.load_ledger WHERE bucket = $1 GROUP BY type`,
    [bucket],
  );
  return new Map(rows.map(({ type, ...loaded }: LoadedFlow & { type: Type }) => [type, loaded]));
}
