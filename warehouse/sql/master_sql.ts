import { type MasterType, recordOf } from "../../shared/catalogue/events.ts";
import { type Dimension, dimensions } from "./dimensions.ts";
import { byLoad, type MergeSql } from "./merge_sql.ts";
import { observeAllSql } from "./observe_sql.ts";
import { forgetStagedSql } from "./personal.ts";
import { stagedTable } from "./staged_table.ts";

/** What a kind of master data says about the members of a dimension, as SQL on a staged row `s`. */
interface Master {
  readonly dimension: Dimension;
  /** The attributes; null where the cell is not valid. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The columns whose cells may be left out, with the attribute that is null then. */
  readonly checked: Readonly<Record<string, string>>;
}

const [customer, vehicle, dealer, supplier] = dimensions as [
  Dimension,
  Dimension,
  Dimension,
  Dimension,
];

/** When the file landed; $1 is the load's id. */
const LANDED =
  "(SELECT landed_at AT TIME ZONE 'UTC' FROM warehouse.load_ledger WHERE load_id = $1)";

const tidy = (sql: string) => `warehouse.tidy(${sql})`;
const email = (sql: string) => `warehouse.email_of(${sql})`;
const day = (sql: string) => `warehouse.time_of(${sql})::date`;
const street = "nullif(concat_ws(' ', s.street_number, s.street_name), '')";

function texts(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, tidy(`s.${name}`)]));
}

const masters: Readonly<Record<MasterType, Master>> = {
  customers: {
    dimension: customer,
    attributes: {
      name: tidy(
        `coalesce(nullif(concat_ws(' ', ${tidy("s.first_name")}, ${tidy("s.last_name")}), ''),
          s.extra ->> 'customer_name', s.extra ->> 'name')`,
      ),
      email: email("s.email"),
      gender: `CASE lower(${tidy("s.gender")}) WHEN 'm' THEN 'Male' WHEN 'male' THEN 'Male'
        WHEN 'f' THEN 'Female' WHEN 'female' THEN 'Female' WHEN 'other' THEN 'Other'
        WHEN 'unknown' THEN 'Unknown' END`,
      date_of_birth: `CASE WHEN ${day("s.date_of_birth")} BETWEEN '1900-01-01' AND ${LANDED}::date
        THEN ${day("s.date_of_birth")} END`,
      address: tidy(
        `coalesce(nullif(concat_ws(', ', ${street}, s.suburb), ''), s.extra ->> 'address')`,
      ),
      ...texts("phone", "city", "province", "postal_code", "country", "status"),
    },
    checked: { email: "email", gender: "gender", date_of_birth: "date_of_birth" },
  },
  vehicles: {
    dimension: vehicle,
    attributes: {
      vin: "warehouse.vin_of(s.vin)",
      year: `CASE WHEN s.year ~ '^\\d{4}$' AND s.year::int BETWEEN 1886 AND
        extract(year FROM ${LANDED}) + 2 THEN s.year::int END`,
      fuel: tidy("coalesce(s.fuel_type, s.extra ->> 'fuel')"),
      manufactured: day("s.manufacture_date"),
      country: tidy("s.manufacture_country"),
      status: tidy("coalesce(s.status, s.extra ->> 'vehicle_status')"),
      ...texts("make", "model", "color", "engine_type", "transmission", "dealer_id"),
    },
    checked: { vin: "vin", year: "year", manufacture_date: "manufactured" },
  },
  dealers: {
    dimension: dealer,
    attributes: {
      name: tidy("coalesce(s.dealer_name, s.extra ->> 'name')"),
      code: tidy("s.dealer_code"),
      type: tidy("s.dealer_type"),
      email: `coalesce(${email("s.email")}, ${email("s.contact_email")})`,
      address: tidy(`coalesce(${street}, s.location)`),
      ...texts("phone", "city", "province", "postal_code", "country", "status"),
    },
    checked: { email: "email", contact_email: "email" },
  },
  suppliers: {
    dimension: supplier,
    attributes: {
      name: tidy("s.supplier_name"),
      type: tidy("s.supplier_type"),
      contact_email: email("s.contact_email"),
      ...texts(
        "contact_name",
        "contact_phone",
        "city",
        "province",
        "postal_code",
        "country",
        "status",
      ),
    },
    checked: { contact_email: "contact_email" },
  },
};

/** What a row says about its member, as a JSON object without nulls. */
export function attributesSql(type: MasterType): string {
  const pairs = Object.entries(masters[type].attributes).map(([name, sql]) => `'${name}', ${sql}`);
  return `jsonb_strip_nulls(jsonb_build_object(${pairs.join(",\n        ")}))`;
}

/** The dimension whose members a kind of master data describes. */
export function dimensionOf(type: MasterType): Dimension {
  return masters[type].dimension;
}

/** A row as it was stated: its cells that are not empty. */
export const TOLD =
  "jsonb_strip_nulls(to_jsonb(s) - '{line,extra,reason,content,load_id}'::text[]) || coalesce(s.extra, '{}')";

/** What a repeated row is recognised by. */
export const CONTENT = `hashtextextended((${TOLD})::text, 0)`;

/** The id under which a row is kept: that of its member, as far as the row itself says. */
export function memberSql(type: MasterType): string {
  const { id, otherId } = masters[type].dimension;
  return otherId ? `coalesce(s.${id}, '${otherId.prefix}' || ${keySql(type)})` : `s.${id}`;
}

function keySql(type: MasterType): string {
  const { otherId } = masters[type].dimension;
  return otherId ? otherId.key(`s.${recordOf(type).otherId}`) : "NULL";
}

/**
 * Writes the statements of a kind of master data. A row that says whom it describes is accepted: an
 * invalid cell is left out of the dimension, and kept with the row.
 */
export function masterSql(type: MasterType): MergeSql {
  const staged = stagedTable(type);
  const { dimension, attributes, checked } = masters[type];
  const { id, otherId } = dimension;
  const reason = `CASE
      WHEN s.event_type <> '${type}' THEN 'event_type is not ${type}, as the file is'
      WHEN ${memberSql(type)} IS NULL
        THEN 'the row has no ${id}${
    otherId ? ` and no ${otherId.attribute} that tells whose it is` : ""
  }'
    END`;
  // By its own date where it has one: when it changed, else when it was created.
  const own =
    `coalesce(warehouse.time_of(s.updated_at), s.timestamp, warehouse.time_of(s.created_at))`;
  const stated = `CASE WHEN ${own} <= ${LANDED} + interval '1 day' THEN ${own} ELSE ${LANDED} END`;
  const leftOut = Object.entries(checked).map(([column, attribute]) =>
    `CASE WHEN s.${column} IS NOT NULL AND (${attributes[attribute]}) IS NULL
        THEN format('%s is %s', '${column}', left(s.${column}, 60)) END`
  );
  const isThere = `EXISTS (
          SELECT FROM warehouse.master_rows m
          WHERE m.type = '${type}' AND m.id = ${memberSql(type)} AND m.content = ${CONTENT})`;
  return {
    forget: forgetStagedSql(type, isThere),
    reject: byLoad(
      `
      INSERT INTO warehouse.rejected_rows (load_id, line, event_id, reason, content)
      SELECT load_id, line, event_id, why, content FROM broken`,
      `broken AS (
        DELETE FROM ${staged} s
        WHERE s.load_id = ANY ($1) AND (s.reason IS NOT NULL OR ${reason} IS NOT NULL)
        RETURNING s.load_id, s.line, s.event_id, coalesce(s.reason, ${reason}) AS why,
          coalesce(s.content, ${TOLD}) AS content
      )`,
    ),
    observe: [observeAllSql(
      dimension,
      `
        SELECT s.${id} AS id, ${keySql(type)}::text AS key, ${attributesSql(type)} AS told,
          ${stated} AS timestamp, s.load_id, s.line
        FROM ${staged} s
        WHERE NOT ${isThere}`,
      `, ${LANDED}`,
    )],
    insert: byLoad(`
      INSERT INTO warehouse.master_rows (type, id, content, load_id, line, stated_at, told, left_out)
      SELECT '${type}', ${memberSql(type)}, ${CONTENT}, s.load_id, s.line, ${stated}, ${TOLD},
        nullif(array_remove(ARRAY[${leftOut.join(", ")}], NULL), '{}')
      FROM ${staged} s
      ORDER BY 2, 3, s.line
      ON CONFLICT DO NOTHING`),
  };
}
