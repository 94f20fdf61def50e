import { catalogue, type Type } from "../shared/events.ts";
import { amount, integer, type Kind, timestamp } from "../shared/fields.ts";

/** What a row has to keep to get into its fact table; the table's constraints say the same. */
export interface Rule {
  /** What is wrong with a row that breaks it: an SQL expression of text. */
  readonly reason: string;
  /** Whether a row breaks it: an SQL condition. What is not there breaks no rule. */
  readonly broken: string;
}

/** Rules that the kinds of the fields do not tell. */
const own: Partial<Record<Type, readonly Rule[]>> = {
  sales: [{
    broken: "discount_amount > sale_price",
    reason:
      "format('discount_amount is %s, more than the sale_price of %s', discount_amount, sale_price)",
  }],
  telemetry: [
    outside("speed", "0 or more", "speed < 0"),
    outside("fuel_level", "0 to 100", "fuel_level NOT BETWEEN 0 AND 100"),
    outside("location_lat", "-90 to 90", "location_lat NOT BETWEEN -90 AND 90"),
    outside("location_long", "-180 to 180", "location_long NOT BETWEEN -180 AND 180"),
  ],
};

/** The rules of a type, in the order in which they are looked at; the first that is broken is told. */
export function rulesOf(type: Type): Rule[] {
  const { idField, fields } = catalogue[type];
  return [
    {
      broken: `event_type <> '${type}'`,
      reason: `format('event_type is %s in a file of ${type}', event_type)`,
    },
    { broken: "event_id IS NULL", reason: `'the row has no event_id and no ${idField}'` },
    { broken: "timestamp IS NULL", reason: `'the row has no timestamp and no date'` },
    ...Object.entries<Kind>(fields).flatMap(([field, kind]) => ruleOf(field, kind)),
    ...own[type] ?? [],
  ];
}

/** The field that dates a type's events for people: the first time of its own, else the envelope's. */
export function dateField(type: Type): string {
  const times = Object.entries<Kind>(catalogue[type].fields).filter(([, kind]) =>
    kind === timestamp
  );
  return times[0]?.[0] ?? "timestamp";
}

function ruleOf(field: string, kind: Kind): Rule[] {
  if (kind.values) {
    const values = kind.values.map((value) => `'${value}'`).join(", ");
    return [outside(field, kind.values.join(", "), `${field} NOT IN (${values})`)];
  }
  if (kind === amount || kind === integer) return [outside(field, "0 or more", `${field} < 0`)];
  return [];
}

function outside(field: string, expected: string, broken: string): Rule {
  return { broken, reason: `format('${field} is %s, expected ${expected}', ${field})` };
}
