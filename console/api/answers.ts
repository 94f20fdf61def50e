import type pg from "pg";

/** What the views answer, in the size of a picture. */
export interface Answers {
  /** Completed sales by month, the last twelve. */
  readonly revenue: readonly {
    readonly month: string;
    readonly revenue: number;
    readonly sales: number;
  }[];
  readonly dealers: readonly {
    readonly dealer: string;
    readonly revenue: number;
    readonly sales: number;
  }[];
  /** Of completed sales. */
  readonly coverage: {
    readonly paid: number;
    readonly pending: number;
    readonly outstanding: number;
  };
  readonly conversion: readonly {
    readonly channel: string;
    readonly won: number;
    readonly lost: number;
    readonly pending: number;
  }[];
  readonly stock: readonly { readonly dealer: string; readonly cars: number }[];
  /** Cars that are in stock, by how long they have been: up to 7, 30, 60, 90 days, and longer. */
  readonly daysInStock: readonly { readonly days: string; readonly cars: number }[];
  /** Where cars were seen last, and what is wrong with each. */
  readonly cars: readonly {
    readonly vehicle: string;
    readonly latitude: number;
    readonly longitude: number;
    readonly faults: readonly string[];
  }[];
  readonly freshness: readonly {
    readonly type: string;
    readonly events: number;
    readonly p50: number | null;
    readonly p95: number | null;
  }[];
}

/** How many dealers and cars are shown. */
const DEALERS = 8;
const CARS = 2_000;
/** Among how many of the latest readings. */
const READINGS = 50_000;

/**
 * Asks the views.
 *
 * @throws PostgreSQL's errors
 */
export async function answersOf(client: pg.ClientBase): Promise<Answers> {
  const ask = async <Row>(sql: string) => (await client.query(sql)).rows as Row[];
  const [coverage] = await ask<Answers["coverage"]>(
    `SELECT coalesce(sum(paid), 0)::float8 AS paid, coalesce(sum(pending), 0)::float8 AS pending,
       coalesce(sum(outstanding), 0)::float8 AS outstanding
     FROM warehouse.payment_coverage WHERE sale_status = 'Completed'`,
  );
  return {
    revenue: (await ask<Answers["revenue"][number]>(
      `SELECT to_char(month, 'YYYY-MM') AS month, sum(revenue)::float8 AS revenue,
         sum(sales)::float8 AS sales
       FROM warehouse.revenue_by_dealer_month GROUP BY 1 ORDER BY 1 DESC LIMIT 12`,
    )).toReversed(),
    dealers: await ask(
      `SELECT dealer, sum(revenue)::float8 AS revenue, sum(sales)::float8 AS sales
       FROM warehouse.revenue_by_dealer_month GROUP BY 1 ORDER BY 2 DESC LIMIT ${DEALERS}`,
    ),
    coverage: coverage!,
    conversion: await ask(
      `SELECT interaction_channel AS channel, sum(won)::float8 AS won, sum(lost)::float8 AS lost,
         sum(pending)::float8 AS pending
       FROM warehouse.interaction_conversion GROUP BY 1 ORDER BY 2 DESC`,
    ),
    stock: await ask(
      `SELECT dealer, sum(quantity)::float8 AS cars FROM warehouse.stock
       GROUP BY 1 HAVING sum(quantity) > 0 ORDER BY 2 DESC LIMIT ${DEALERS}`,
    ),
    daysInStock: await ask(
      `SELECT days, count(*)::float8 AS cars FROM (
         SELECT CASE WHEN days <= 7 THEN 'to 7' WHEN days <= 30 THEN 'to 30' WHEN days <= 60
           THEN 'to 60' WHEN days <= 90 THEN 'to 90' ELSE 'over 90' END AS days, days AS n
         FROM warehouse.days_in_stock WHERE sold_at IS NULL) AS binned
       GROUP BY days ORDER BY min(n)`,
    ),
    cars: await ask(
      `SELECT health.vehicle_id AS vehicle, location_lat AS latitude, location_long AS longitude,
         array_remove(ARRAY[CASE WHEN low_fuel THEN 'low fuel' END, CASE WHEN hot THEN 'hot' END,
           CASE WHEN temperature_outlier THEN 'temperature' END] || alerts::text[], NULL) AS faults
       FROM (
         SELECT DISTINCT ON (vehicle_key) vehicle_key, location_lat, location_long
         FROM (SELECT * FROM warehouse.fact_telemetry ORDER BY event_time DESC LIMIT ${READINGS})
           AS latest
         ORDER BY vehicle_key, event_time DESC
       ) AS seen JOIN warehouse.dim_vehicle USING (vehicle_key)
       JOIN warehouse.telemetry_health AS health ON health.vehicle_id = dim_vehicle.vehicle_id
       WHERE location_lat IS NOT NULL AND location_long IS NOT NULL LIMIT ${CARS}`,
    ),
    freshness: await ask(
      `SELECT type, events::float8, p50_seconds AS p50, p95_seconds AS p95
       FROM warehouse.pipeline_freshness ORDER BY type`,
    ),
  };
}
