import {
  catalogue,
  type FileType,
  isMasterType,
  type Type,
} from "../../shared/catalogue/events.ts";
import { amount, integer, type Kind, timestamp } from "../../shared/catalogue/fields.ts";

/** A rule for rows of a fact table; the table's constraints say the same. */
export interface Rule {
  /** The reason why a row that breaks it is rejected: an SQL expression of type text. */
  readonly reason: string;
  /** Whether a row breaks it: an SQL condition. An empty cell breaks no rule. */
  readonly broken: string;
}

/** The lowest and the highest value of fields with limits. */
export const limits: Readonly<Record<string, readonly [lowest: number, highest: number]>> = {
  speed: [0, 350],
  fuel_level: [0, 100],
  engine_temperature: [-50, 250],
  location_lat: [-90, 90],
  location_long: [-180, 180],
};

/** Rules that do not follow from the kinds of the fields. */
const own: Partial<Record<Type, readonly Rule[]>> = {
  sales: [{
    broken: "discount_amount > sale_price",
    reason:
      "format('discount_amount is %s, more than the sale_price of %s', discount_amount, sale_price)",
  }],
};

/**
 * The rules of a type, in the order in which they are checked; the first broken one is reported.
 */
export function rulesOf(type: Type): Rule[] {
  const { idField, fields } = catalogue[type];
  return [
    {
      broken: `event_type <> '${type}'`,
      reason: `format('event_type is %s in a file of ${type}', ${shown("event_type")})`,
    },
    { broken: "event_id IS NULL", reason: `'the row has no event_id and no ${idField}'` },
    { broken: "timestamp IS NULL", reason: `'the row has no timestamp and no date'` },
    ...["timestamp", ...timesOf(type)].map(fromFuture),
    ...Object.entries<Kind>(fields).flatMap(([field, kind]) => ruleOf(field, kind)),
    ...own[type] ?? [],
  ];
}

/**
 * The field that people date a type's events by: the first time of its own, else the envelope's.
 * Master data is dated by its own SQL.
 */
export function dateField(type: FileType): string {
  return isMasterType(type) ? "timestamp" : timesOf(type)[0] ?? "timestamp";
}

/** The type's own time fields. */
function timesOf(type: Type): string[] {
  return Object.entries<Kind>(catalogue[type].fields)
    .filter(([, kind]) => kind === timestamp)
    .map(([field]) => field);
}

/** When the row's file landed: a column of {@linkcode FILES}. */
const LANDED = "file.landed";

/** The files of the loads $1, for rows that have a `load_id`. */
export const FILES = `(SELECT load_id AS of_load, landed_at AT TIME ZONE 'UTC' AS landed
      FROM warehouse.load_ledger WHERE load_id = ANY ($1)) file`;

/**
 * Events say what has happened. One from the future would remain the latest about its customer,
 * vehicle or stock; a day is allowed for writers who omit their time zone.
 */
function fromFuture(field: string): Rule {
  return {
    broken: `${field} > ${LANDED} + interval '1 day'`,
    reason: `format('${field} is %s, more than a day after the file landed (%s)', ${field},
      date_trunc('second', ${LANDED}))`,
  };
}

function ruleOf(field: string, kind: Kind): Rule[] {
  const limit = limits[field];
  if (limit) {
    return [outside(field, limit.join(" to "), `${field} NOT BETWEEN ${limit.join(" AND ")}`)];
  }
  if (kind === amount || kind === integer) return [outside(field, "0 or more", `${field} < 0`)];
  return [];
}

function outside(field: string, expected: string, broken: string): Rule {
  return { broken, reason: `format('${field} is %s, expected ${expected}', ${shown(field)})` };
}

/** How a reason quotes a field: shortened, without control characters, as in printable(). */
function shown(field: string): string {
  const harmless = String.raw`'[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]'`;
  return `regexp_replace(left(${field}::text, 60), ${harmless}, '?', 'g')`;
}
