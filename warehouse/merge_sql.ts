import { catalogue, envelope, type Type } from "../shared/events.ts";
import { type Dimension, dimensionsOf, factFields } from "./dimensions.ts";
import { dateField, type Rule, rulesOf } from "./rules.ts";
import { type WordSql, wordSql } from "./value_sets.ts";

/** The statements that take a file's staged rows to where they belong; $1 is the load's id. */
export interface MergeSql {
  /** Moves rows to the rejected ones that were judged wrong before, or that break a rule. */
  readonly reject: string;
  /** For words of other writers; undefined if no field has a set of values. */
  readonly words: WordSql | undefined;
  /** Makes and changes members of the dimensions. */
  readonly observe: readonly string[];
  /** Makes the days that are not there yet. */
  readonly dates: string;
  /** Makes the facts, each event once. */
  readonly insert: string;
  /** Moves rows to the rejected ones whose event is there with other content. */
  readonly conflicts: string;
}

/** The session's table that a file of a type is copied into. */
export function stagedTable(type: Type): string {
  return `staged_${type}`;
}

/** Writes the statements of a type, out of the catalogue, the dimensions and the rules. */
export function mergeSql(type: Type): MergeSql {
  const staged = stagedTable(type);
  const fact = `warehouse.fact_${type}`;
  const dims = dimensionsOf(type);
  const fields = factFields(type);
  const { idField } = catalogue[type];
  const day = `coalesce(s.${dateField(type)}, s.timestamp)::date`;
  // What the row says, but for its id: two rows of one event are the same or not.
  const said = ["timestamp", ...Object.keys(catalogue[type].fields), "extra"];
  const content = `hash_record_extended(ROW(${said.map((name) => `s.${name}`).join(", ")}), 0)`;
  const broken = firstBroken(rulesOf(type));
  const own = fields.map((name) =>
    name === idField ? `coalesce(s.${name}, s.event_id)` : `s.${name}`
  );

  return {
    reject: `
      WITH broken AS (
        DELETE FROM ${staged} s WHERE s.reason IS NOT NULL OR ${broken} IS NOT NULL
        RETURNING s.*, coalesce(s.reason, ${broken}) AS why
      )
      INSERT INTO warehouse.rejected_rows (load_id, line, event_id, reason, content)
      SELECT $1, line, event_id, why, coalesce(content, ${
      contentJson(type, "broken")
    }) FROM broken`,

    words: wordSql(type, staged),

    observe: dims.map((dimension) => observeSql(staged, type, dimension)),

    dates: `
      INSERT INTO warehouse.dim_date (date_key)
      SELECT DISTINCT ${day} AS date_key FROM ${staged} s
      WHERE NOT EXISTS (SELECT FROM warehouse.dim_date d WHERE d.date_key = ${day})
      ORDER BY date_key
      ON CONFLICT DO NOTHING`,

    // Ordered: two loads with the same events meet them in the same order, and one only waits.
    insert: `
      INSERT INTO ${fact} (event_id, event_time, date_key, load_id, line, content, extra${
      list([...dims.map(({ name }) => `${name}_key`), ...fields])
    })
      SELECT s.event_id, s.timestamp, ${day}, $1, s.line, ${content}, s.extra${
      list([...dims.map(({ name }) => `coalesce(${name}.${name}_key, 0)`), ...own])
    }
      FROM ${staged} s${dims.map((dimension) => joinSql(dimension)).join("")}
      ORDER BY s.event_id, s.line
      ON CONFLICT (event_id) DO NOTHING`,

    conflicts: `
      INSERT INTO warehouse.rejected_rows (load_id, line, event_id, reason, content)
      SELECT $1, s.line, s.event_id,
        format('the event is there already, with other content: line %s of %s', f.line, l.key),
        ${contentJson(type, "s")}
      FROM ${staged} s
      JOIN ${fact} f USING (event_id)
      JOIN warehouse.load_ledger l USING (load_id)
      WHERE (f.load_id, f.line) <> ($1, s.line) AND f.content <> ${content}`,
  };
}

/** The reason of the first rule that a row breaks; null if it breaks none. */
function firstBroken(rules: readonly Rule[]): string {
  return `CASE ${rules.map(({ broken, reason }) => `WHEN ${broken} THEN ${reason}`).join(" ")} END`;
}

/** A staged row as it was in the file: its own columns and those that the catalogue does not know. */
function contentJson(type: Type, row: string): string {
  const pairs = Object.keys({ ...envelope, ...catalogue[type].fields })
    .map((name) => `'${name}', ${row}.${name}`);
  return `jsonb_strip_nulls(jsonb_build_object(${
    pairs.join(", ")
  })) || coalesce(${row}.extra, '{}')`;
}

/**
 * Observes every row of the members that are new or that have changed; none where all is known, which
 * is the rule. The functions take the dimension's lock, and see what others have committed.
 */
function observeSql(
  staged: string,
  type: Type,
  { name, id, attributes, history }: Dimension,
): string {
  const known = Object.entries(attributes).filter(([, field]) => field in catalogue[type].fields);
  const same = known.map(([column, field]) =>
    ` AND (s.${field} IS NULL OR s.${field} = d.${column})`
  );
  const args = Object.values(attributes)
    .map((field) => field in catalogue[type].fields ? `s.${field}` : "NULL");
  return `
      SELECT warehouse.observe_${name}(${[`s.${id}`, ...args, "s.timestamp"].join(", ")})
      FROM (
        SELECT * FROM ${staged} WHERE ${id} IN (
          SELECT s.${id} FROM ${staged} s WHERE s.${id} IS NOT NULL AND NOT EXISTS (
            SELECT FROM warehouse.dim_${name} d
            WHERE d.${id} = s.${id}${history ? " AND d.is_current" : ""}${same.join("")}
          )
        ) ORDER BY timestamp, line
      ) s`;
}

function joinSql({ name, id, history }: Dimension): string {
  const version = history
    ? ` AND s.timestamp >= ${name}.valid_from AND s.timestamp < ${name}.valid_to`
    : "";
  return `
      LEFT JOIN warehouse.dim_${name} ${name} ON ${name}.${id} = s.${id}${version}`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `, ${name}`).join("");
}
