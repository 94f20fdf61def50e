import type pg from "pg";
import { type Type, types } from "../shared/catalogue/events.ts";
import { table } from "../shared/cli/table.ts";
import type { Ids } from "./demo_sum.ts";

/** Dealers that are shown. */
const SHOWN = 5;

/** What the warehouse has from a run, and what it answers. */
export interface DemoWarehouse {
  /** The ids among the published ones that are facts or rejected rows. */
  readonly loaded: ReadonlySet<string>;
  /** The rows of each fact table, and the revenue by dealer. */
  readonly lines: readonly string[];
}

/** Asks the warehouse for a run's events, for its size and for one answer. */
export async function demoWarehouse(client: pg.Client, published: Ids): Promise<DemoWarehouse> {
  const loaded = new Set<string>();
  const sizes: [table: string, rows: number][] = [];
  for (const type of types) {
    const found = await client.query(
      `SELECT event_id FROM warehouse.fact_${type} WHERE event_id = ANY ($1)
       UNION SELECT event_id FROM warehouse.rejected_rows WHERE event_id = ANY ($1)`,
      [published.get(type as Type) ?? []],
    );
    for (const { event_id } of found.rows) loaded.add(event_id);
    const { rows: [{ rows }] } = await client.query(
      `SELECT count(*)::float8 AS rows FROM warehouse.fact_${type}`,
    );
    sizes.push([`warehouse.fact_${type}`, rows]);
  }
  const revenue = await client.query(
    `SELECT dealer, sum(sales)::float8 AS sales, sum(revenue)::text AS revenue
     FROM warehouse.revenue_by_dealer_month GROUP BY dealer_id, dealer ORDER BY sum(revenue) DESC
     LIMIT $1`,
    [SHOWN],
  );
  const lines = ["Warehouse", ...table([["fact table", "rows"], ...sizes])];
  lines.push("", "Revenue by dealer (completed sales, from warehouse.revenue_by_dealer_month)");
  if (revenue.rows.length > 0) {
    lines.push(
      ...table([
        ["dealer", "sales", "revenue"],
        ...revenue.rows.map((row: { dealer: string; sales: number; revenue: string }) => [
          row.dealer,
          row.sales,
          row.revenue,
        ]),
      ]),
    );
  } else {
    lines.push("  no sale is completed yet");
  }
  return { loaded, lines };
}
