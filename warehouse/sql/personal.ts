import {
  envelope,
  type FileType,
  fileTypes,
  masterData,
  recordOf,
} from "../../shared/catalogue/events.ts";
import { stagedTable } from "./staged_table.ts";

/** Fields of the catalogue with personal data, of events and of master data. */
export const personalFields: readonly string[] = [
  "customer_name",
  "email",
  "notes",
  ...Object.keys(masterData.customers.fields)
    .filter((name) => !["customer_id", "email", "created_at", "updated_at"].includes(name)),
];

/** The same, as a PostgreSQL array literal. */
export const PERSONAL = `{${personalFields.join(",")}}`;

const KEPT = [
  ...new Set([
    ...Object.keys(envelope),
    ...fileTypes.flatMap((type) => Object.keys(recordOf(type).fields)),
  ]),
].filter((name) => !personalFields.includes(name));

/**
 * What is left of a JSON object of cells when a customer is forgotten: the fields of the catalogue
 * that are not personal. Columns that the catalogue does not know might be: they go, too.
 *
 * @param sql of the object
 */
export function keptSql(sql: string): string {
  return `(SELECT jsonb_object_agg(key, value) FROM jsonb_each(${sql}) kept
        WHERE key = ANY ('{${KEPT.join(",")}}'))`;
}

/**
 * Whether a staged row `s` is about a forgotten customer, as SQL; undefined for types without one.
 * An invalid row has its cells in `content`.
 */
export function forgottenSql(type: FileType): string | undefined {
  const { fields } = recordOf(type);
  if (!("customer_id" in fields)) return undefined;
  const id = "coalesce(s.customer_id, s.content ->> 'customer_id')";
  const email = "email" in fields ? "coalesce(s.email, s.content ->> 'email')" : "NULL";
  return `EXISTS (
        SELECT FROM warehouse.forgotten g
        WHERE g.what = 'customer_id' AND g.value = ${id}
          OR g.what = 'email' AND ${id} IS NULL AND g.value = ${digestSql(email)})`;
}

/** The form in which a forgotten e-mail address is remembered. */
export function digestSql(email: string): string {
  return `encode(sha256(convert_to(lower(warehouse.email_of(${email})), 'UTF8')), 'hex')`;
}

/**
 * What is done to the staged rows of a file first, so that no file brings back what was forgotten:
 * rows that are already there are repeats, whatever is left of their originals; the personal cells
 * of the others are blanked.
 *
 * @param isThere whether a row `s` is already in the warehouse, as SQL
 */
export function forgetStagedSql(type: FileType, isThere: string): string[] {
  const forgotten = forgottenSql(type);
  if (forgotten === undefined) return [];
  const staged = stagedTable(type);
  const columns = Object.keys(recordOf(type).fields).filter((name) =>
    personalFields.includes(name)
  );
  const emptied = [
    ...columns.map((name) => `${name} = NULL`),
    "extra = NULL",
    `content = ${keptSql("s.content")}`,
    "reason = CASE WHEN reason IS NOT NULL THEN 'a cell is not what it should be (forgotten)' END",
  ];
  // Some customers are identified by their e-mail only: their facts then refer to no customer.
  return [
    `DELETE FROM ${staged} s WHERE s.reason IS NULL AND ${forgotten} AND ${isThere}`,
    `UPDATE ${staged} s SET ${emptied.join(", ")} WHERE ${forgotten}`,
  ];
}

/** Whether anyone was forgotten, as SQL: most warehouses can skip the rest. */
export const ANY_FORGOTTEN = "SELECT EXISTS (SELECT FROM warehouse.forgotten) AS any";
