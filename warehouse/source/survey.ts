import { timestamp } from "../../shared/catalogue/fields.ts";
import { DECIMAL_POINT, type ForeignRows, isNumber } from "./foreign_rows.ts";
import type { SourceRows } from "./source_row.ts";
import { type DateOrder, orderOf } from "./source_time.ts";

/** What all rows of a file together say about how its columns are written. */
export interface Survey {
  /** How the dates of a field are written that have the year last. */
  orderOf(field: string): DateOrder;
  /** Whether numbers of a field have a decimal point. */
  hasPoints(field: string): boolean;
  /** The fields with dates that have the year last, and how they are written. */
  readonly orders: Readonly<Record<string, DateOrder>>;
}

/** Reads all rows of a file for what a single one does not show. */
export async function surveyRows(rows: SourceRows, foreign: ForeignRows): Promise<Survey> {
  const orders: Record<string, DateOrder> = {};
  const points = new Set<string>();
  for await (const some of rows) {
    for (const row of some) {
      for (const { field, kind, cell } of foreign.survey(row)) {
        if (kind === timestamp) {
          const order = orderOf(cell);
          const before = orders[field] ?? order;
          if (order) orders[field] = before === order ? order : "contradictory";
        } else if (isNumber(kind) && DECIMAL_POINT.test(cell)) {
          points.add(field);
        }
      }
    }
  }
  return {
    orderOf: (field) => orders[field] ?? "unknown",
    hasPoints: (field) => points.has(field),
    orders,
  };
}
