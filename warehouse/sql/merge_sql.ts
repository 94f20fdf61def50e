import { catalogue, envelope, type Type } from "../../shared/catalogue/events.ts";
import { dimensionsOf, factFields } from "./dimensions.ts";
import { extraSql, joinSql, observeSql } from "./observe_sql.ts";
import { forgetStagedSql } from "./personal.ts";
import { dateField, FILES, type Rule, rulesOf } from "./rules.ts";
import { stagedTable } from "./staged_table.ts";
import { type WordSql, wordSql } from "./value_sets.ts";

/**
 * The statements that move staged rows to where they belong. Those that say so answer with each
 * load's id and the number of its rows that they have moved.
 */
export interface MergeSql {
  /** Blanks the personal cells of forgotten customers; needed if there are any. */
  readonly forget: readonly string[];
  /**
   * Moves rows that were found invalid before, or that break a rule, to the rejected ones; $1 are
   * the loads. Answers with rows by load.
   */
  readonly reject: string;
  /** For other writers' words; undefined if no field has a set of values. */
  readonly words?: WordSql;
  /** Inserts and updates members of the dimensions; $1 is the load of master data. */
  readonly observe: readonly string[];
  /** Inserts missing days; undefined for master data. */
  readonly dates?: string;
  /**
   * Inserts the facts, each event once; for master data, what was stated, and $1 is the load.
   * Answers with rows by load.
   */
  readonly insert: string;
  /**
   * Moves rows whose event is there with other content to the rejected ones; never for master data.
   * Answers with rows by load.
   */
  readonly conflicts?: string;
}

/** Builds the statements of a type from the catalogue, the dimensions and the rules. */
export function mergeSql(type: Type): MergeSql {
  const staged = stagedTable(type);
  const fact = `warehouse.fact_${type}`;
  const dims = dimensionsOf(type);
  const fields = factFields(type);
  const { idField } = catalogue[type];
  const day = `coalesce(s.${dateField(type)}, s.timestamp)::date`;
  // The row without its id: it shows whether two rows of one event agree.
  const said = ["timestamp", ...Object.keys(catalogue[type].fields), "extra"];
  const content = `hash_record_extended(ROW(${said.map((name) => `s.${name}`).join(", ")}), 0)`;
  const broken = firstBroken(rulesOf(type));
  const own = fields.map((name) =>
    name === idField ? `coalesce(s.${name}, s.event_id)` : `s.${name}`
  );

  return {
    forget: forgetStagedSql(
      type,
      `EXISTS (SELECT FROM ${fact} f WHERE f.event_id = s.event_id AND f.content = ${content})`,
    ),

    reject: byLoad(
      `
      INSERT INTO warehouse.rejected_rows (load_id, line, event_id, reason, content)
      SELECT load_id, line, event_id, why, coalesce(content, ${contentJson(type, "broken")})
      FROM broken`,
      `broken AS (
        DELETE FROM ${staged} s USING ${FILES}
        WHERE file.of_load = s.load_id AND (s.reason IS NOT NULL OR ${broken} IS NOT NULL)
        RETURNING s.*, coalesce(s.reason, ${broken}) AS why
      )`,
    ),

    words: wordSql(type, staged),

    observe: dims.map((dimension) => observeSql(staged, type, dimension)),

    dates: `
      INSERT INTO warehouse.dim_date (date_key)
      SELECT DISTINCT ${day} AS date_key FROM ${staged} s
      WHERE NOT EXISTS (SELECT FROM warehouse.dim_date d WHERE d.date_key = ${day})
      ORDER BY date_key
      ON CONFLICT DO NOTHING`,

    // Ordered, so that two loads with the same events cannot deadlock: one waits.
    insert: byLoad(`
      INSERT INTO ${fact} (event_id, event_time, date_key, load_id, line, content, extra${
      list([...dims.map(({ name }) => `${name}_key`), ...fields])
    })
      SELECT s.event_id, s.timestamp, ${day}, s.load_id, s.line, ${content}, ${
      extraSql(type, dims)
    }${list([...dims.map(({ name }) => `coalesce(${name}.${name}_key, 0)`), ...own])}
      FROM ${staged} s${dims.map((dimension) => joinSql(type, dimension)).join("")}
      ORDER BY s.event_id, s.load_id, s.line
      ON CONFLICT (event_id) DO NOTHING`),

    conflicts: byLoad(`
      INSERT INTO warehouse.rejected_rows (load_id, line, event_id, reason, content)
      SELECT s.load_id, s.line, s.event_id,
        format('the event is there already, with other content: line %s of %s', f.line, l.key),
        ${contentJson(type, "s")}
      FROM ${staged} s
      JOIN ${fact} f USING (event_id)
      JOIN warehouse.load_ledger l ON l.load_id = f.load_id
      WHERE (f.load_id, f.line) <> (s.load_id, s.line) AND f.content <> ${content}`),
  };
}

/** An insertion that answers with the number of its rows by load. */
export function byLoad(insert: string, ...before: readonly string[]): string {
  const all = [...before, `moved AS (${insert}\n      RETURNING load_id)`];
  return `
      WITH ${all.join(",\n      ")}
      SELECT load_id, count(*)::int AS rows FROM moved GROUP BY load_id`;
}

/** The reason from the first rule that a row breaks; null if it breaks none. */
function firstBroken(rules: readonly Rule[]): string {
  return `CASE ${rules.map(({ broken, reason }) => `WHEN ${broken} THEN ${reason}`).join(" ")} END`;
}

/** A staged row as it was in the file, with the columns that the catalogue does not know. */
function contentJson(type: Type, row: string): string {
  const pairs = Object.keys({ ...envelope, ...catalogue[type].fields })
    .map((name) => `'${name}', ${row}.${name}`);
  return `jsonb_strip_nulls(jsonb_build_object(${
    pairs.join(", ")
  })) || coalesce(${row}.extra, '{}')`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `, ${name}`).join("");
}
