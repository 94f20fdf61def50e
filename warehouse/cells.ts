import pg from "pg";
import { catalogue, columnsOf, envelope, type Type } from "../shared/events.ts";
import type { Kind } from "../shared/fields.ts";
import { stagedTable } from "./merge_sql.ts";
import { dateField } from "./rules.ts";
import { CSV, LINES } from "./staging.ts";

/** The statements that read a file of any writer: its cells are text until each has been judged. */
export interface CellsSql {
  /** Makes the table of the file's cells, named by their place. */
  readonly create: string;
  readonly copy: string;
  /** Moves rows with a cell that is no value of its kind to the rejected ones; $1 is the load's id. */
  readonly reject: string;
  /** Takes the others to the staged table. */
  readonly stage: string;
}

/**
 * How a cell of a PostgreSQL type is written; PostgreSQL itself takes more: `now`, `NaN`, `02/03/26`.
 * It still judges the value.
 */
const PATTERNS: Readonly<Record<string, string>> = {
  timestamp: String
    .raw`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d(:?\d\d)?))?)?$`,
  integer: String.raw`^[+-]?\d+$`,
  "double precision": String.raw`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`,
  "numeric(14,2)": String.raw`^[+-]?(\d+\.?\d*|\.\d+)$`,
};

/**
 * Writes the statements for a file of a type with this header: columns in any order, some missing,
 * some that the catalogue does not know.
 */
export function cellsSql(type: Type, header: readonly string[]): CellsSql {
  const cells = header.map((_, index) => `c${index}`);
  const cellOf = (name: string): string | undefined => {
    const index = header.indexOf(name);
    // Programs write what is not there as an empty cell, quoted or not.
    return index === -1 ? undefined : `nullif(r.c${index}, '')`;
  };
  const kinds: Readonly<Record<string, Kind>> = { ...envelope, ...catalogue[type].fields };
  const known = columnsOf(type).filter((name) => header.includes(name));
  const values = columnsOf(type).map((name) => {
    const cell = cellOf(name);
    return cell && cast(cell, kinds[name]!);
  });
  const reasons = known.flatMap((name) => reasonsOf(name, cellOf(name)!, kinds[name]!));
  const verdict = reasons.length > 0 ? `CASE ${reasons.join(" ")} END` : "NULL";

  return {
    create: `
      SELECT setval('${LINES}', 2, false);
      CREATE TEMP TABLE file_cells (line integer DEFAULT nextval('${LINES}')${
      cells.map((cell) => `, ${cell} text`).join("")
    }) ON COMMIT DROP`,
    copy: `COPY file_cells (${cells.join(", ")}) FROM STDIN ${CSV}`,
    reject: `
      WITH broken AS (
        DELETE FROM file_cells r WHERE ${verdict} IS NOT NULL RETURNING r.*, ${verdict} AS reason
      )
      INSERT INTO warehouse.rejected_rows (load_id, line, event_id, reason, content)
      SELECT $1, r.line, left(${
      cellOf("event_id") ?? cellOf(catalogue[type].idField) ?? "NULL"
    }, 64),
        r.reason, jsonb_strip_nulls(${jsonOf(header.map((name, index) => [name, `r.c${index}`]))})
      FROM broken r`,
    stage: `
      INSERT INTO ${stagedTable(type)} (line, ${columnsOf(type).join(", ")}, extra)
      SELECT r.line, ${
      values.map((value, index) => filled(type, index, values) ?? value ?? "NULL").join(", ")
    },
        ${extrasOf(header, kinds)}
      FROM file_cells r ORDER BY r.line`,
  };
}

/** What stands for a cell of the envelope that another writer has left empty or out. */
function filled(
  type: Type,
  index: number,
  values: readonly (string | undefined)[],
): string | undefined {
  const columns = columnsOf(type);
  const substitute = {
    event_type: `'${type}'`,
    event_id: values[columns.indexOf(catalogue[type].idField)],
    timestamp: values[columns.indexOf(dateField(type))],
  }[columns[index]!];
  if (substitute === undefined || substitute === values[index]) return undefined;
  return values[index] === undefined ? substitute : `coalesce(${values[index]}, ${substitute})`;
}

function cast(cell: string, { sql }: Kind): string {
  // A time with a zone is brought to UTC; `timestamp` alone would overlook the zone.
  return sql === "timestamp" ? `(${cell}::timestamptz AT TIME ZONE 'UTC')` : `${cell}::${sql}`;
}

function reasonsOf(name: string, cell: string, { sql, expected }: Kind): string[] {
  if (sql === "text") return [];
  const judged = sql === "timestamp" ? "timestamptz" : sql;
  const wrong = [`NOT pg_input_is_valid(${cell}, '${judged}')`];
  const pattern = PATTERNS[sql];
  if (pattern) wrong.unshift(`${cell} !~ ${pg.escapeLiteral(pattern)}`);
  const shown = `CASE WHEN length(${cell}) > 60 THEN left(${cell}, 60) || '…' ELSE ${cell} END`;
  return [
    `WHEN ${wrong.join(" OR ")} THEN format('${name} is "%s", expected ${expected}', ${shown})`,
  ];
}

function extrasOf(header: readonly string[], kinds: Readonly<Record<string, Kind>>): string {
  const unknown = header.flatMap((name, index): [string, string][] =>
    Object.hasOwn(kinds, name) ? [] : [[name, `nullif(r.c${index}, '')`]]
  );
  if (unknown.length === 0) return "NULL";
  return `nullif(jsonb_strip_nulls(${jsonOf(unknown)}), '{}')`;
}

/** A JSON object of cells by their names; in parts, as a function takes 100 arguments. */
function jsonOf(cells: readonly (readonly [name: string, cell: string])[]): string {
  const parts: string[] = [];
  for (let at = 0; at < cells.length; at += 50) {
    const pairs = cells.slice(at, at + 50).map(([name, cell]) =>
      `${pg.escapeLiteral(name)}, ${cell}`
    );
    parts.push(`jsonb_build_object(${pairs.join(", ")})`);
  }
  return parts.join(" || ");
}
