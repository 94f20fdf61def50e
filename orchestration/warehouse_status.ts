import { type Type, types } from "../shared/catalogue/events.ts";
import { connectWarehouse } from "../shared/postgres/client.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { schemaVersion } from "../warehouse/sql/schema.ts";

/** What the warehouse has of a type, according to its ledger. */
export interface WarehouseStatus {
  readonly type: Type;
  readonly files: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
  /** Files that cannot be read. */
  readonly unreadable: number;
}

/**
 * What has been loaded from the raw bucket; nothing where there is no schema yet.
 *
 * @throws {UserError} when the warehouse cannot be reached
 */
export async function warehouseStatus(settings: Settings): Promise<WarehouseStatus[]> {
  await using client = await connectWarehouse(settings, "status");
  if (await schemaVersion(client) === 0) return [];
  const { rows } = await client.query(
    `SELECT type, count(*) FILTER (WHERE status = 'loaded')::float8 AS files,
       sum(facts)::float8 AS facts, sum(rejected)::float8 AS rejected,
       sum(repeats)::float8 AS repeats, count(*) FILTER (WHERE status = 'failed')::float8 AS unreadable
     FROM warehouse.load_ledger WHERE bucket = $1 GROUP BY type`,
    [settings.bucket],
  );
  const found = new Map<Type, WarehouseStatus>(
    rows.map((row: WarehouseStatus) => [row.type, row]),
  );
  const none = { files: 0, facts: 0, rejected: 0, repeats: 0, unreadable: 0 };
  return types.map((type) => found.get(type) ?? { type, ...none });
}
