/**
 * The kinds of field that an event can have. A kind is the one place that knows how a value is
 * checked, written as CSV text and stored by the warehouse.
 */
export interface Kind<Value = unknown> {
  /** What a right value is, for error messages: "expected …". */
  readonly expected: string;
  /** Its column type in PostgreSQL. */
  readonly sql: string;
  /** The CSV text of a value; undefined when the value is not of this kind. */
  readonly encode: (value: unknown) => string | undefined;
  /** The values that the downstream ETL accepts, where it checks them. */
  readonly values?: readonly Value[];
}

/** The TypeScript type of a kind's values. */
export type ValueOf<K> = K extends Kind<infer Value> ? Value : never;

/** Identifiers longer than this make downstream programs refuse the whole file. */
const ID_LENGTH = 64;

/** An identifier. */
export const id: Kind<string> = {
  expected: `text of 1 to ${ID_LENGTH} characters`,
  sql: `varchar(${ID_LENGTH})`,
  encode: (value) =>
    typeof value === "string" && value !== "" && value.length <= ID_LENGTH && isStorable(value)
      ? value
      : undefined,
};

/** Text of any length. */
export const text: Kind<string> = {
  expected: "text",
  sql: "text",
  encode: (value) => typeof value === "string" && isStorable(value) ? value : undefined,
};

/** Free text that downstream programs store in a column of 512 characters. */
export const note: Kind<string> = {
  expected: "text of at most 512 characters",
  sql: "varchar(512)",
  encode: (value) =>
    typeof value === "string" && value.length <= 512 && isStorable(value) ? value : undefined,
};

/** Text out of a set. Another text is landed all the same: the warehouse's rules judge it. */
export function oneOf<const V extends readonly string[]>(...values: V): Kind<V[number]> {
  return { expected: "text", sql: "text", encode: text.encode, values };
}

/** What `numeric(14,2)` rounds to a number that it cannot hold. */
const AMOUNT_LIMIT = 999_999_999_999.995;

/** Money, written with two decimals (with more only if the value has more). */
export const amount: Kind<number> = {
  expected: "an amount such as 23999.50",
  sql: "numeric(14,2)",
  encode(value) {
    if (typeof value !== "number" || !(Math.abs(value) < AMOUNT_LIMIT)) return undefined;
    const cents = value.toFixed(2);
    return Number(cents) === value ? cents : String(value);
  },
};

/** A finite number. */
export const number: Kind<number> = {
  expected: "a number",
  sql: "double precision",
  encode: (value) =>
    typeof value === "number" && Number.isFinite(value) ? String(value) : undefined,
};

/** A count. */
export const integer: Kind<number> = {
  expected: "a whole number of 32 bits",
  sql: "integer",
  // Only what survives the conversion to 32 bits is one; `+ 0` turns -0 into 0 for the comparison.
  encode: (value) =>
    typeof value === "number" && (value | 0) === value + 0 ? String(value) : undefined,
};

/** A time in UTC, which other writers may write in other ways. */
export const timestamp: Kind<string> = {
  expected: "a UTC time such as 2026-02-26T10:30:45.123456",
  sql: "timestamp",
  encode: (value) => typeof value === "string" ? canonicalTimestamp(value) : undefined,
};

const CANONICAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/;
const ISO_8601 =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-]\d{2})(?::?(\d{2}))?)?)?$/;

/**
 * The one format of a time in a file, `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC: of any ISO 8601 date or
 * time that another writer may send (no zone means UTC). Undefined if it is none, or does not exist
 * in the calendar.
 */
function canonicalTimestamp(value: string): string | undefined {
  if (CANONICAL.test(value)) return existsInCalendar(value) ? value : undefined;
  const match = ISO_8601.exec(value);
  if (!match) return undefined;
  const [, date, minutes = "00:00", seconds = "00", fraction = "", zoneHours, zoneMinutes = "00"] =
    match;
  const micros = fraction.padEnd(6, "0").slice(0, 6);
  const local = `${date}T${minutes}:${seconds}`;
  if (!existsInCalendar(local)) return undefined;
  if (zoneHours === undefined) return `${local}.${micros}`;
  if (Math.abs(Number(zoneHours)) > MAX_ZONE_HOURS || Number(zoneMinutes) > 59) return undefined;
  const offset = Math.abs(Number(zoneHours)) * 60 + Number(zoneMinutes);
  const utc = Date.parse(`${local}Z`) - (zoneHours.startsWith("-") ? -offset : offset) * 60_000;
  const text = `${new Date(utc).toISOString().slice(0, 19)}.${micros}`;
  // The first and the last year may have been left.
  return CANONICAL.test(text) && existsInCalendar(text) ? text : undefined;
}

/** PostgreSQL's own bound of a zone's offset. */
const MAX_ZONE_HOURS = 15;

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether `YYYY-MM-DDTHH:MM:SS…` exists. By hand, because `Date` rolls 30 February over to March. */
function existsInCalendar(local: string): boolean {
  const month = twoDigits(local, 5);
  const day = twoDigits(local, 8);
  // There is no year 0, neither in history nor in PostgreSQL.
  if (local.startsWith("0000") || month < 1 || month > 12 || day < 1 || day > DAYS[month - 1]!) {
    return false;
  }
  if (month === 2 && day === 29 && !isLeapYear(Number(local.slice(0, 4)))) return false;
  return twoDigits(local, 11) < 24 && twoDigits(local, 14) < 60 && twoDigits(local, 17) < 60;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

// deno-lint-ignore no-control-regex
const NUL = /\u0000/;

/** PostgreSQL stores no NUL, and UTF-8 has no lone surrogate: such text would change on its way. */
export function isStorable(value: string): boolean {
  return !NUL.test(value) && value.isWellFormed();
}
