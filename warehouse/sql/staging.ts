import pg from "pg";
import {
  columnsOf,
  envelope,
  type FileType,
  fileTypes,
  recordOf,
} from "../../shared/catalogue/events.ts";
import type { Kind } from "../../shared/catalogue/fields.ts";
import { stagedTable } from "./staged_table.ts";

/** Numbers the lines of the file that a session loads; the header is line 1. */
export const LINES = "staged_lines";
/** The setting with the id of the load whose rows a session stages. */
const LOAD_ID = "warehouse.load_id";

/**
 * The tables of the schema `staging`, generated from the catalogue: the shape of a file's rows
 * before they are checked. They stay empty. Every load has a temporary one of the same shape, so
 * that loads neither see nor block each other, and a crash leaves nothing to clean up.
 */
export function stagingSql(): string {
  return fileTypes.map((type) => {
    const table = `staging.${type}`;
    const columns = Object.entries<Kind>({ ...envelope, ...recordOf(type).fields })
      .map(([name, { sql }]) => [name, sql]);
    const comment = pg.escapeLiteral(
      `The shape of a row of a file of ${type}. Empty: each load has a temporary table of this shape.`,
    );
    return [
      `CREATE TABLE IF NOT EXISTS ${table} (line integer NOT NULL, extra jsonb);`,
      ...columns.map(([name, sql]) =>
        `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${name} ${sql};`
      ),
      `COMMENT ON TABLE ${table} IS ${comment};`,
    ].join("\n");
  }).join("\n");
}

/**
 * What a session does once before its first load of a type. Its table also takes invalid rows, with
 * the reason and their original cells, and rows of several loads.
 */
export function sessionSql(type: FileType): string {
  const staged = stagedTable(type);
  return `
    CREATE TEMP SEQUENCE IF NOT EXISTS ${LINES} MINVALUE 2 CACHE 1000;
    CREATE TEMP TABLE IF NOT EXISTS ${staged} (
      LIKE staging.${type}, reason text, content jsonb,
      load_id bigint DEFAULT nullif(current_setting('${LOAD_ID}', true), '')::bigint
    ) ON COMMIT DELETE ROWS;
    ALTER TABLE ${staged} ALTER line SET DEFAULT nextval('${LINES}')`;
}

/**
 * Has the rows that this transaction stages from now on belong to a load.
 *
 * @param loadId digits
 */
export function loadIdSql(loadId: string): string {
  return `SET LOCAL ${LOAD_ID} = ${loadId}`;
}

/**
 * Copies a file unchanged, since our consumer has written it and its cells are known to be valid.
 *
 * @param header only columns of the type
 */
export function copySql(type: FileType, header: readonly string[]): string {
  // COPY skips the header, which has already been read.
  return `COPY ${stagedTable(type)} (${header.join(", ")})
    FROM STDIN WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')`;
}

/**
 * Copies the rows of several files of our consumer, each with its load's id and its line.
 *
 * @param header only columns of the type
 */
export function copyTogetherSql(type: FileType, header: readonly string[]): string {
  return `COPY ${stagedTable(type)} (load_id, line, ${header.join(", ")})
    FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8')`;
}

/** Copies rows that have been read and checked. */
export function copyForeignSql(type: FileType): string {
  return `COPY ${stagedTable(type)} (${foreignColumns(type).join(", ")})
    FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8')`;
}

/** The columns of other writers' rows: those of the staged table, and the outcome of the check. */
function foreignColumns(type: FileType): string[] {
  return ["line", ...columnsOf(type), "extra", "reason", "content"];
}
