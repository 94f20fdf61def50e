import { catalogue, type Type } from "../../shared/catalogue/events.ts";
import type { Kind } from "../../shared/catalogue/fields.ts";

/** The statements for other writers' words in fields whose values come from a set. */
export interface WordSql {
  /** Whether any staged row has a word that is not in its set; rows of our producers never have. */
  readonly found: string;
  /**
   * Replaces words by the values they stand for. The word is kept in `extra`, under the field's
   * name.
   */
  readonly rename: string;
  /** The new values among a load's facts, most frequent first; $1 is the load's id. */
  readonly newValues: string;
}

/** The most new values that a load reports: a column may be free text. */
const MAX_NEW_VALUES = 1_000;
/** The most characters of a new value that are reported. */
const MAX_LENGTH = 200;

/** Builds the statements of a type; undefined if none of its fields has a set. */
export function wordSql(type: Type, staged: string): WordSql | undefined {
  const fields = setFields(type).map(([field]) => field);
  if (fields.length === 0) return undefined;
  const meanings = setFields(type)
    .map(([field, kind]) => `nullif(${meaning(`s.${field}`, kind)}, s.${field}) AS ${field}`);
  const words = fields
    .map((field) => `'${field}', CASE WHEN m.${field} IS NOT NULL THEN s.${field} END`);
  return {
    found: `SELECT FROM ${staged} s WHERE ${hasNewValue(type, "s.")} LIMIT 1`,

    rename: `
      UPDATE ${staged} s
      SET ${fields.map((field) => `${field} = coalesce(m.${field}, s.${field})`).join(", ")},
        extra = coalesce(s.extra, '{}') || jsonb_strip_nulls(jsonb_build_object(${
      words.join(", ")
    }))
      FROM (SELECT load_id, line, ${meanings.join(", ")} FROM ${staged} s WHERE ${
      hasNewValue(type, "s.")
    }) m
      WHERE (m.load_id, m.line) = (s.load_id, s.line) AND num_nonnulls(${
      fields.map((field) => `m.${field}`).join(", ")
    }) > 0`,

    newValues: `
      SELECT field, left(value, ${MAX_LENGTH}) AS value, count(*)::int AS facts
      FROM warehouse.facts_with_new_values
      WHERE type = '${type}' AND load_id = $1
      GROUP BY 1, 2 ORDER BY facts DESC, field, value LIMIT ${MAX_NEW_VALUES}`,
  };
}

/** The fields of a type whose values come from a set. */
export function setFields(type: Type): [field: string, kind: Kind][] {
  return Object.entries<Kind>(catalogue[type].fields).filter(([, { values }]) => values);
}

/**
 * An SQL condition: whether a row has a word that is not in its set. An empty cell has none.
 * PostgreSQL uses the index of new values for queries with the same condition.
 *
 * @param row with its dot, or empty
 */
export function hasNewValue(type: Type, row: string): string {
  return setFields(type).map(([field, kind]) => isNew(row + field, kind)).join(" OR ");
}

/** An SQL condition: whether a word is not in the set of its field. */
export function isNew(word: string, { values = [] }: Kind): string {
  return `${word} NOT IN (${values.map((value) => `'${value}'`).join(", ")})`;
}

/** An SQL expression of the value that a word stands for; null if it stands for none. */
function meaning(word: string, { values = [], synonyms = {} }: Kind): string {
  const meant = [...values.map((value) => [value, value]), ...Object.entries(synonyms)]
    .map(([name, value]) => `WHEN '${plainWord(name as string)}' THEN '${value}'`);
  // Independent of the server's locale: in some, "I" is not the upper case of "i".
  const plain = `translate(lower(${word} COLLATE "C"), ' -_', '')`;
  return `CASE ${plain} ${meant.join(" ")} END`;
}

/** A word without what writers differ in: case, blanks, hyphens, underscores. */
export function plainWord(word: string): string {
  return word.toLowerCase().replaceAll(/[ _-]/g, "");
}
