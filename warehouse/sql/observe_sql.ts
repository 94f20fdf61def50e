import type { Type } from "../../shared/catalogue/events.ts";
import { type Dimension, toldOf } from "./dimensions.ts";

/** How staged rows `s` of a type find the member that they refer to, as SQL. */
interface MemberSql {
  /** A join that {@linkcode member} needs; its own name is the dimension's with `_known`. */
  readonly join: string;
  /** The member, as in the dimension's column {@linkcode column}; null where the row names none. */
  readonly member: string;
  readonly column: string;
  /** The VIN or e-mail by which it may be known; `NULL` where the type has no such field. */
  readonly key: string;
}

function memberSql(type: Type, dimension: Dimension): MemberSql {
  const { name, id, otherId, history } = dimension;
  const column = history ? "member" : id;
  const field = otherId && new Map(toldOf(type, dimension)).get(otherId.attribute);
  if (!otherId || !field) return { join: "", member: `s.${id}`, column, key: "NULL" };
  const key = otherId.key(`s.${field}`);
  // Only looked up where there is no id, so rows with one cost nothing.
  const sought = `CASE WHEN s.${id} IS NULL THEN ${key} END`;
  return {
    join: `
      LEFT JOIN warehouse.known_by ${name}_known
        ON ${name}_known.dimension = '${name}' AND ${name}_known.key = ${sought}`,
    member: `coalesce(s.${id}, ${name}_known.id, '${otherId.prefix}' || ${sought})`,
    column,
    key,
  };
}

/**
 * Observes rows one after the other, once the members that they tell of are locked: in the order in
 * which every load locks them, whatever the order of the rows. Answers with one row: `shared` is
 * whether a VIN or an e-mail identifies nobody any more that did before, so that rows that tell
 * nothing else have to be observed again.
 *
 * @param rows a query for rows of `id`, `key`, `told`, `timestamp`, `load_id` and `line`
 * @param more further arguments of the function, as SQL on a row `t`
 */
export function observeAllSql({ name }: Dimension, rows: string, more = ""): string {
  return `
      WITH row AS MATERIALIZED (${rows}),
      locked AS MATERIALIZED (
        SELECT warehouse.lock_members('${name}', array_agg(id), array_agg(key)) FROM row
        HAVING count(*) > 0
      )
      SELECT bool_or(warehouse.observe_${name}(t.id, t.key, t.told, t.timestamp${more})) AS shared
      FROM (SELECT row.* FROM locked, row ORDER BY timestamp, load_id, line) t`;
}

/**
 * Observes the rows about members that are new or have changed, except those that repeat the one
 * before; usually there are none.
 */
export function observeSql(staged: string, type: Type, dimension: Dimension): string {
  const { name, id, otherId, history } = dimension;
  const { join, member, column, key } = memberSql(type, dimension);
  const told = toldOf(type, dimension).map(([attribute, field]) => {
    const isOther = attribute === otherId?.attribute;
    return {
      attribute,
      field,
      clean: isOther ? otherId.clean(`s.${field}`) : `s.${field}`,
      isOther,
    };
  });
  const same = told.map(({ attribute, field, clean, isOther }) => {
    const otherwise = isOther
      ? ` OR ${clean} IS NULL OR lower(${clean}) = lower(d.${attribute})`
      : "";
    return ` AND (s.${field} IS NULL OR s.${field} = d.${attribute}${otherwise})`;
  });
  const pairs = told.map(({ attribute, clean }) => `'${attribute}', ${clean}`).join(", ");
  const raw = told.map(({ field }) => `s.${field}`).join(", ");
  // Cleaning costs more than all else: it is done where the cells themselves have changed.
  return observeAllSql(
    dimension,
    `
      SELECT * FROM (
        SELECT *, lag(told) OVER (PARTITION BY member ORDER BY timestamp, load_id, line) AS before
        FROM (
          SELECT s.load_id, s.line, s.timestamp, s.${id} AS id, ${key}::text AS key, s.member,
            jsonb_strip_nulls(jsonb_build_object(${pairs})) AS told
          FROM (
            SELECT s.*, ${member} AS member, ROW(${raw}) IS DISTINCT FROM
              lag(ROW(${raw})) OVER (
                PARTITION BY ${member} ORDER BY s.timestamp, s.load_id, s.line
              ) AS differs
            FROM ${staged} s${join}
            WHERE ${member} IN (
              SELECT ${member} FROM ${staged} s${join}
              WHERE ${member} IS NOT NULL AND NOT EXISTS (
                SELECT FROM warehouse.dim_${name} d
                WHERE d.${column} = ${member}${history ? " AND d.is_current" : ""}${same.join("")}
              )
            )
          ) s
          WHERE differs
        ) t
      ) s
      WHERE told IS DISTINCT FROM before`,
  );
}

/** Joins the version of the member that staged rows `s` refer to, under the dimension's name. */
export function joinSql(type: Type, dimension: Dimension): string {
  const { name, history } = dimension;
  const { join, member, column } = memberSql(type, dimension);
  const version = history
    ? ` AND s.timestamp >= ${name}.valid_from AND s.timestamp < ${name}.valid_to`
    : "";
  return `${join}
      LEFT JOIN warehouse.dim_${name} ${name} ON ${name}.${column} = ${member}${version}`;
}

/**
 * What a fact keeps besides its columns: the fields that the catalogue does not know, and what the
 * row says about a member but the member's version does not. A late row's name, the name of a
 * dealer without an id, a VIN with blanks in it: nothing that was accepted is dropped.
 */
export function extraSql(type: Type, dims: readonly Dimension[]): string {
  const told = dims.flatMap((dimension) =>
    toldOf(type, dimension).map(([attribute, field]) => ({
      field,
      is: `${dimension.name}.${attribute}`,
    }))
  );
  if (told.length === 0) return "s.extra";
  const isKnown = told.map(({ field, is }) => `(s.${field} IS NULL OR s.${field} = ${is})`);
  const pairs = told.map(({ field, is }) =>
    `'${field}', CASE WHEN s.${field} IS DISTINCT FROM ${is} THEN s.${field} END`
  );
  return `CASE WHEN ${isKnown.join(" AND ")} THEN s.extra
        ELSE coalesce(s.extra, '{}') || jsonb_strip_nulls(jsonb_build_object(${
    pairs.join(", ")
  })) END`;
}
