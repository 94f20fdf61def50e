import {
  type FileType,
  isMasterType,
  type MasterType,
  type Type,
} from "../shared/catalogue/events.ts";
import { dimensionsOf, toldOf } from "../warehouse/sql/dimensions.ts";
import {
  attributesSql,
  CONTENT,
  dimensionOf,
  memberSql,
  TOLD,
} from "../warehouse/sql/master_sql.ts";
import { stagedTable } from "../warehouse/sql/staged_table.ts";
import { forgottenSql, PERSONAL } from "../warehouse/sql/personal.ts";

/**
 * Writes the query that looks for each filled cell of the staged rows of a file where the merge
 * should have put it: it does not know how. $1 is the load's id. Gives the cells that are nowhere,
 * and how many were looked for.
 */
export function cellsSql(type: FileType): string {
  const sought = isMasterType(type) ? soughtInMaster(type) : soughtInFacts(type);
  return `
    WITH sought AS (${sought})
    SELECT count(*)::float8 AS cells, count(*) FILTER (WHERE NOT found)::float8 AS lost,
      (array_agg(format('line %s: %s', line, name) ORDER BY line, name) FILTER (WHERE NOT found))[1:5] AS examples
    FROM sought`;
}

/**
 * The cells of a staged row `s`, as they were stated. What the loader itself fills in is included.
 */
const CELLS =
  `jsonb_each(CASE WHEN s.reason IS NULL THEN ${TOLD} ELSE s.content END) cell (name, value)`;

/** Personal data of forgotten customers must not be found. */
function isKept(type: FileType): string {
  const forgotten = forgottenSql(type);
  return forgotten === undefined
    ? "true"
    : `NOT (${forgotten} AND (cell.name = ANY ('${PERSONAL}') OR s.reason IS NOT NULL
        OR coalesce(s.extra, '{}') ? cell.name))`;
}

function soughtInFacts(type: Type): string {
  const dims = dimensionsOf(type);
  const pairs = dims.flatMap((dimension) => [
    [dimension.id, `${dimension.name}.${dimension.id}`],
    ...toldOf(type, dimension).map((
      [attribute, field],
    ) => [field, `${dimension.name}.${attribute}`]),
  ]);
  const former = dims.flatMap((dimension) =>
    toldOf(type, dimension).map(([attribute, field]) =>
      `('${dimension.name}', f.${dimension.name}_key, '${field}', '${attribute}')`
    )
  );
  const isFormer = former.length === 0 ? "false" : `EXISTS (
        SELECT FROM (VALUES ${former.join(", ")}) at (dimension, key, field, attribute)
        JOIN warehouse.former_values v USING (dimension, key, attribute)
        WHERE at.field = cell.name AND v.value = cell.value #>> '{}')`;
  return `
      SELECT s.line, cell.name, coalesce(
        CASE WHEN r.line IS NOT NULL THEN r.content -> cell.name = cell.value
          ELSE cell.value IN (kept.fact -> cell.name, kept.member -> cell.name, f.extra -> cell.name)
            OR ${isFormer}
        END, false) AS found
      FROM ${stagedTable(type)} s
      LEFT JOIN warehouse.rejected_rows r ON r.load_id = $1 AND r.line = s.line
      LEFT JOIN warehouse.fact_${type} f ON f.event_id = s.event_id${
    dims.map(({ name }) => `
      LEFT JOIN warehouse.dim_${name} ${name} USING (${name}_key)`).join("")
  }
      CROSS JOIN LATERAL (
        SELECT to_jsonb(f) || jsonb_build_object('event_type', s.event_type, 'timestamp', f.event_time) AS fact,
          jsonb_build_object(${
    pairs.map(([name, sql]) => `'${name}', ${sql}`).join(", ")
  }) AS member
      ) kept
      CROSS JOIN LATERAL ${CELLS}
      WHERE ${isKept(type)}`;
}

/**
 * A row of master data is kept as it was told; besides, what it says has to have reached its
 * member.
 */
function soughtInMaster(type: MasterType): string {
  const { name, id, otherId, history } = dimensionOf(type);
  const versions = `warehouse.dim_${name} d`;
  const ofMember = history
    ? `d.member = warehouse.member_of('${name}', s.${id}, ${
      otherId!.key(`s.${otherId!.attribute}`)
    })`
    : `d.${id} = s.${id}`;
  return `
      SELECT s.line, cell.name, coalesce(
        CASE WHEN r.line IS NOT NULL THEN r.content ELSE m.told END -> cell.name = cell.value, false) AS found
      FROM ${stagedTable(type)} s
      LEFT JOIN warehouse.rejected_rows r ON r.load_id = $1 AND r.line = s.line
      LEFT JOIN warehouse.master_rows m
        ON m.type = '${type}' AND m.id = ${memberSql(type)} AND (
          m.content = ${CONTENT}
          -- Emptied of what is forgotten, it has another content.
          OR (m.load_id, m.line) = ($1, s.line)
        )
      CROSS JOIN LATERAL ${CELLS}
      WHERE ${isKept(type)}
      UNION ALL
      SELECT s.line, 'dim_${name}.' || cell.name, EXISTS (
          SELECT FROM ${versions}
          LEFT JOIN warehouse.former_values v
            ON v.dimension = '${name}' AND v.key = d.${name}_key AND v.attribute = cell.name
          WHERE ${ofMember} AND (
            lower(to_jsonb(d) ->> cell.name) = lower(cell.value) OR v.value = cell.value
            -- An older row changes nothing that is known.
            OR m.stated_at < greatest(d.stated_at, d.as_of)
          )
        )
      FROM ${stagedTable(type)} s
      JOIN warehouse.master_rows m
        ON m.type = '${type}' AND m.id = ${memberSql(type)} AND m.content = ${CONTENT}
      CROSS JOIN LATERAL (SELECT ${attributesSql(type)} AS attributes) says
      CROSS JOIN LATERAL jsonb_each_text(says.attributes) cell (name, value)
      WHERE ${forgottenSql(type) === undefined ? "true" : `NOT ${forgottenSql(type)}`}`;
}
