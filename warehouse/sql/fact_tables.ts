import type pg from "pg";
import {
  catalogue,
  columnsOf,
  fileTypes,
  type Type,
  types,
} from "../../shared/catalogue/events.ts";
import { amount, integer, type Kind } from "../../shared/catalogue/fields.ts";
import { dimensionsOf, factFields } from "./dimensions.ts";
import { limits } from "./rules.ts";

/** A column that the warehouse must have. */
export interface Column {
  readonly schema: "staging" | "warehouse";
  readonly table: string;
  readonly column: string;
}

/** The columns of the catalogue's fields, of the staged tables and of the fact tables. */
function wantedColumns(): Column[] {
  const staged = fileTypes.flatMap((type) =>
    columnsOf(type).map((column) => ({ schema: "staging" as const, table: type, column }))
  );
  const facts = types.flatMap((type) =>
    factFields(type).map((column) => ({
      schema: "warehouse" as const,
      table: `fact_${type}`,
      column,
    }))
  );
  return [...staged, ...facts];
}

/** The columns that the warehouse lacks: those of a new type or a new field in the catalogue. */
export async function missingColumns(client: pg.Client): Promise<Column[]> {
  const { rows } = await client.query(
    `SELECT schema, "table", "column"
       FROM jsonb_to_recordset($1) AS wanted (n int, schema text, "table" text, "column" text)
       WHERE NOT EXISTS (
         SELECT FROM pg_attribute a
           JOIN pg_class c ON c.oid = a.attrelid
           JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = wanted.schema AND c.relname = wanted."table"
             AND a.attname = wanted."column" AND NOT a.attisdropped
       )
       ORDER BY n`,
    [JSON.stringify(wantedColumns().map((column, n) => ({ n, ...column })))],
  );
  return rows as Column[];
}

/**
 * Creates the fact tables and columns of the catalogue that no migration has created.
 *
 * @returns the tables that were created or changed
 * @throws PostgreSQL's errors
 */
export async function addFactTables(client: pg.Client): Promise<string[]> {
  const missing = (await missingColumns(client)).filter(({ schema }) => schema === "warehouse");
  const changed = types.filter((type) => missing.some(({ table }) => table === `fact_${type}`));
  const isNew = (type: Type) =>
    factFields(type).every((field) => missing.some((one) => isOf(one, type, field)));
  const statements = changed.flatMap((type) => [
    factTableSql(type),
    ...isNew(type)
      ? [`COMMENT ON TABLE warehouse.fact_${type} IS 'One row an event of ${type}.';`]
      : [],
  ]);
  if (changed.length > 0) await client.query(statements.join("\n"));
  return changed.map((type) => `fact_${type}`);
}

function isOf({ table, column }: Column, type: Type, field: string): boolean {
  return table === `fact_${type}` && column === field;
}

/**
 * A fact table like those of schema.sql: keys of the dimensions that its type refers to, and its
 * own fields.
 */
function factTableSql(type: Type): string {
  const table = `fact_${type}`;
  const keys = dimensionsOf(type).map(({ name }) =>
    `${name}_key bigint not null default 0 references warehouse.dim_${name},`
  );
  const fields = Object.entries<Kind>(catalogue[type].fields)
    .filter(([field]) => factFields(type).includes(field));
  const columns = fields.map(([field, kind]) =>
    `ALTER TABLE warehouse.${table} ADD COLUMN IF NOT EXISTS ${field} ${columnType(type, field)}${
      checkOf(field, kind)
    };`
  );
  return `
    CREATE TABLE IF NOT EXISTS warehouse.${table} (
      event_id varchar(64) collate "C" primary key,
      event_time timestamp not null,
      load_id bigint not null references warehouse.load_ledger,
      content bigint not null,
      date_key date not null references warehouse.dim_date,
      line int not null,
      ${keys.join("\n      ")}
      extra jsonb
    );
    ${columns.join("\n    ")}
    CREATE INDEX IF NOT EXISTS ${table}_load ON warehouse.${table} USING brin (load_id);`;
}

function columnType(type: Type, field: string): string {
  const { sql } = catalogue[type].fields[field as never] as Kind;
  return sql === "varchar(64)" ? `${sql} collate "C"` : sql;
}

/** Constraints for what rules.ts rejects. */
function checkOf(field: string, kind: Kind): string {
  const limit = limits[field];
  if (limit) return ` CHECK (${field} BETWEEN ${limit.join(" AND ")})`;
  return kind === amount || kind === integer ? ` CHECK (${field} >= 0)` : "";
}
