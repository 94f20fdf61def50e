import {
  catalogue,
  type FileType,
  isMasterType,
  type Type,
} from "../../shared/catalogue/events.ts";
import { amount, integer, type Kind, timestamp } from "../../shared/catalogue/fields.ts";

/** What a row has to keep to get into its fact table; the table's constraints say the same. */
export interface Rule {
  /** What is wrong with a row that breaks it: an SQL expression of text. */
  readonly reason: string;
  /** Whether a row breaks it: an SQL condition. What is not there breaks no rule. */
  readonly broken: string;
}

/** The lowest and the highest value of fields that have some. */
export const limits: Readonly<Record<string, readonly [lowest: number, highest: number]>> = {
  speed: [0, 350],
  fuel_level: [0, 100],
  engine_temperature: [-50, 250],
  location_lat: [-90, 90],
  location_long: [-180, 180],
};

/** Rules that the kinds of the fields do not tell. */
const own: Partial<Record<Type, readonly Rule[]>> = {
  sales: [{
    broken: "discount_amount > sale_price",
    reason:
      "format('discount_amount is %s, more than the sale_price of %s', discount_amount, sale_price)",
  }],
};

/** The rules of a type, in the order in which they are looked at; the first that is broken is told. */
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
 * The field that dates a type's events for people: the first time of its own, else the envelope's. What
 * dates a row of master data is for its own SQL to judge.
 */
export function dateField(type: FileType): string {
  return isMasterType(type) ? "timestamp" : timesOf(type)[0] ?? "timestamp";
}

/** The type's own fields that are times. */
function timesOf(type: Type): string[] {
  return Object.entries<Kind>(catalogue[type].fields)
    .filter(([, kind]) => kind === timestamp)
    .map(([field]) => field);
}

/** When the file landed; $1 is the load's id, as everywhere in these statements. */
const LANDED =
  "(SELECT landed_at AT TIME ZONE 'UTC' FROM warehouse.load_ledger WHERE load_id = $1)";

/**
 * Events tell what has happened. One from the future would be the latest word on its customer, vehicle
 * or stock for ever; a day is for the zones of writers who leave theirs out.
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

/** What a reason shows of a field: short, and nothing that a terminal would obey, as printable() has it. */
function shown(field: string): string {
  const harmless = String.raw`'[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]'`;
  return `regexp_replace(left(${field}::text, 60), ${harmless}, '?', 'g')`;
}
