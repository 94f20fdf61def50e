import type pg from "pg";
import type { Books } from "../shared/formats/books.ts";
import { UserError } from "../shared/cli/errors.ts";
import { table } from "../shared/cli/table.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/** One sum, as the simulation's books have it and as the warehouse has it. */
export interface Comparison {
  readonly what: string;
  readonly books: number;
  readonly warehouse: number;
  /** The allowed difference: 0, except where values are rounded on the way. */
  readonly tolerance: number;
}

/**
 * Compares the warehouse with the books of a simulation: facts, revenue by dealer and month, what
 * is paid and outstanding, stock, kilometres. Amounts are in cents. The warehouse has to hold this
 * business only.
 */
export async function compareBooks(client: pg.Client, books: Books): Promise<Comparison[]> {
  const { facts } = books;
  const compared: Comparison[] = [];
  const add = (what: string, ours: number, theirs: number, tolerance = 0) =>
    compared.push({ what, books: ours, warehouse: theirs, tolerance });
  const one = async (sql: string) => Number((await client.query(sql)).rows[0].value ?? 0);
  for (const [type, count] of Object.entries(facts)) {
    add(
      `facts of ${type}`,
      count,
      await one(`SELECT count(*) AS value FROM warehouse.fact_${type}`),
    );
  }
  if (facts.sales !== undefined) {
    const rows: Row<"dealer_id" | "month" | "sales" | "cents">[] = (await client.query(
      `SELECT dealer_id, to_char(month, 'YYYY-MM') AS month, sales, revenue * 100 AS cents
       FROM warehouse.revenue_by_dealer_month`,
    )).rows;
    const theirs = new Map(rows.map((row) => [`${row.dealer_id} in ${row.month}`, row]));
    const ours = Object.entries(books.revenue).flatMap(([dealer, months]) =>
      Object.entries(months).map(([month, sums]) => [`${dealer} in ${month}`, sums] as const)
    );
    for (const [name, { sales, cents }] of ours) {
      add(`sales of ${name}`, sales, Number(theirs.get(name)?.sales ?? 0));
      add(`revenue of ${name}, in cents`, cents, Number(theirs.get(name)?.cents ?? 0));
      theirs.delete(name);
    }
    for (const [name, row] of theirs) add(`sales of ${name}`, 0, Number(row.sales));
  }
  if (facts.payments !== undefined) {
    const sql = `SELECT sum(payment_amount) * 100 AS value FROM warehouse.payment_states
      WHERE payment_status = 'Paid'`;
    add("paid, in cents", books.paidCents, await one(sql));
  }
  if (facts.sales !== undefined && facts.payments !== undefined) {
    const sql = "SELECT sum(outstanding) * 100 AS value FROM warehouse.payment_coverage";
    add("outstanding, in cents", books.outstandingCents, await one(sql));
  }
  if (facts.inventory !== undefined) {
    const rows: Row<"dealer_id" | "cars">[] = (await client.query(
      "SELECT dealer_id, sum(quantity) AS cars FROM warehouse.stock GROUP BY dealer_id",
    )).rows;
    const theirs = new Map(rows.map(({ dealer_id, cars }) => [dealer_id, Number(cars)]));
    for (const dealer of new Set([...Object.keys(books.stock), ...theirs.keys()])) {
      add(`stock of ${dealer}`, books.stock[dealer] ?? 0, theirs.get(dealer) ?? 0);
    }
  }
  if (facts.telemetry !== undefined) {
    add(
      "kilometres",
      books.kilometres,
      await one(KILOMETRES),
      Math.max(0.01, books.kilometres * 1e-6),
    );
  }
  return compared;
}

/** Numbers are text: they may be too large for a double. */
type Row<Name extends string> = Record<Name, string>;

/** From reading to reading of each car, on a globe of 6,371 km (haversine). */
const KILOMETRES = `
  SELECT sum(2 * 6371 * asin(sqrt(least(1,
    sin(radians(lat - lat_before) / 2) ^ 2
      + cos(radians(lat_before)) * cos(radians(lat)) * sin(radians(long - long_before) / 2) ^ 2
  )))) AS value
  FROM (
    SELECT location_lat AS lat, location_long AS long,
      lag(location_lat) OVER car AS lat_before, lag(location_long) OVER car AS long_before
    FROM warehouse.fact_telemetry JOIN warehouse.dim_vehicle USING (vehicle_key)
    WINDOW car AS (PARTITION BY vehicle_id ORDER BY event_time, event_id)
  ) reading
  WHERE lat_before IS NOT NULL`;

/** The comparison for a terminal: each sum that differs, and how many do not. */
export function comparisonText(
  compared: readonly Comparison[],
): { lines: string[]; differs: number } {
  const wrong = compared.filter(({ books, warehouse, tolerance }) =>
    !(Math.abs(books - warehouse) <= tolerance)
  );
  const sums = `${compared.length} sum${compared.length === 1 ? "" : "s"}`;
  if (wrong.length === 0) {
    return { lines: [`✅ The warehouse agrees with the books: ${sums} compared`], differs: 0 };
  }
  const rows = wrong.map(({ what, books, warehouse }) => [what, books, warehouse]);
  return {
    lines: [
      `✗ The warehouse differs from the books in ${wrong.length} of ${sums}`,
      ...table([["sum", "books", "warehouse"], ...rows]).map((line) => `  ${line}`),
    ],
    differs: wrong.length,
  };
}

/**
 * Reads a report of a producer.
 *
 * @throws {UserError} when it cannot be read, or is not one
 */
export async function readBooks(file: string): Promise<Books> {
  let report: { books?: Partial<Books> };
  try {
    report = JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot read the report ${file}: ${why}`, reportHint());
  }
  const { books } = report;
  if (books?.facts && books.revenue && books.stock) return books as Books;
  throw new UserError(`${file} is not a producer's report: it has no books`, reportHint());
}

const reportHint = () => `write one with: ${taskCommand("produce --report reports/truth.json")}`;
