import { type Type, types } from "../../shared/catalogue/events.ts";
import { hasNewValue, isNew, setFields } from "./value_sets.ts";

/**
 * The views that read the fact table of every type, and the indexes they need, generated from the
 * catalogue. They replace those of the migrations. A change here changes the warehouse's schema: it
 * needs a new version, so that existing warehouses get it.
 */
export function catalogueViewsSql(): string {
  return [...indexes(), newValuesView(), freshnessView()].join("\n");
}

const withSets = () => types.filter((type) => setFields(type).length > 0);

/** On load_id: a value may be longer than an index entry can be. */
function indexes(): string[] {
  return withSets().map((type) =>
    `CREATE INDEX IF NOT EXISTS fact_${type}_new_values ON warehouse.fact_${type} (load_id)
      WHERE ${hasNewValue(type, "")};`
  );
}

function newValuesView(): string {
  return `CREATE OR REPLACE VIEW warehouse.facts_with_new_values AS
    ${withSets().map(newValuesOf).join("\n    UNION ALL\n    ")};`;
}

function newValuesOf(type: Type): string {
  const values = setFields(type)
    .map(([field, kind]) => `('${field}', f.${field}, ${isNew(`f.${field}`, kind)})`);
  return `SELECT '${type}' AS type, f.load_id, f.event_id, v.field, v.value
    FROM warehouse.fact_${type} f
    CROSS JOIN LATERAL (VALUES ${values.join(", ")}) v (field, value, is_new)
    WHERE v.is_new AND (${hasNewValue(type, "f.")})`;
}

function freshnessView(): string {
  const times = types.map((type) => `SELECT load_id, event_time FROM warehouse.fact_${type}`);
  return `CREATE OR REPLACE VIEW warehouse.pipeline_freshness AS
    WITH recent AS (
      SELECT load_id, type, loaded_at, landed_at AT TIME ZONE 'UTC' AS landed,
        -- The stamp of a landing in the name; an export of a year has none.
        key ~ '_\\d{8}_\\d{6}[^/]*$' AS is_streamed
      FROM warehouse.load_ledger
      WHERE status = 'loaded' AND loaded_at > now() - interval '24 hours'
    ), fact AS (
      ${times.join("\n      UNION ALL ")}
    ), lag AS (
      SELECT
        recent.type,
        count(*) FILTER (WHERE flows) AS events,
        percentile_cont(array[0.5, 0.95]) WITHIN GROUP (
          ORDER BY extract(epoch FROM recent.loaded_at AT TIME ZONE 'UTC' - fact.event_time)::float8
        ) FILTER (WHERE flows) AS seconds,
        count(*) FILTER (WHERE NOT flows) AS history
      FROM recent
      JOIN fact USING (load_id)
      CROSS JOIN LATERAL (
        SELECT recent.is_streamed AND fact.event_time
          BETWEEN recent.landed - interval '7 days' AND recent.landed + interval '1 day' AS flows
      ) age
      WHERE fact.load_id >= (SELECT min(load_id) FROM recent)
      GROUP BY recent.type
    )
    SELECT
      ledger.type,
      coalesce(lag.events, 0) AS events,
      lag.seconds[1] AS p50_seconds,
      lag.seconds[2] AS p95_seconds,
      ledger.last_loaded_at,
      coalesce(lag.history, 0) AS history
    FROM (
      SELECT type, max(loaded_at) AS last_loaded_at
      FROM warehouse.load_ledger
      WHERE status = 'loaded'
      GROUP BY type
    ) ledger
    LEFT JOIN lag USING (type);`;
}
