import { catalogue, type Type } from "../../shared/catalogue/events.ts";
import type { Kind } from "../../shared/catalogue/fields.ts";

/** The statements for the words of other writers in fields whose values come from a set. */
export interface WordSql {
  /** Whether a staged row has a word that is not in its set; of our own producers none has. */
  readonly found: string;
  /** Gives staged rows the values that words stand for. A word stays in `extra`, by the field's name. */
  readonly rename: string;
  /** The new values among a load's facts, the most frequent first; $1 is the load's id. */
  readonly newValues: string;
}

/** A load tells so many new values at most: a column may be free text. */
const MAX_NEW_VALUES = 1_000;
/** A new value is told by so many of its characters. */
const MAX_LENGTH = 200;

/** Writes the statements of a type; undefined if none of its fields has a set. */
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
      FROM (SELECT line, ${meanings.join(", ")} FROM ${staged} s WHERE ${hasNewValue(type, "s.")}) m
      WHERE m.line = s.line AND num_nonnulls(${
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
 * An SQL condition: whether a row has a word that is not in its set. What is not there is none. PostgreSQL
 * uses the index of new values for what asks for the same.
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

/** An SQL expression of the value that a word stands for; null if it is none of them. */
function meaning(word: string, { values = [], synonyms = {} }: Kind): string {
  const meant = [...values.map((value) => [value, value]), ...Object.entries(synonyms)]
    .map(([name, value]) => `WHEN '${plainWord(name as string)}' THEN '${value}'`);
  // The server's language has no say in it: in some "I" is not "i" in upper case.
  const plain = `translate(lower(${word} COLLATE "C"), ' -_', '')`;
  return `CASE ${plain} ${meant.join(" ")} END`;
}

/** A word without what writers differ in: case, blanks, hyphens, underscores. */
export function plainWord(word: string): string {
  return word.toLowerCase().replaceAll(/[ _-]/g, "");
}
