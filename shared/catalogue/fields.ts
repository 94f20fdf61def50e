import { digitsOf, readDecimal } from "./decimals.ts";
import { canonicalTimestamp } from "./timestamps.ts";

/**
 * The kinds of field that an event can have. A kind is the one place that knows how a value is
 * checked, written as CSV text and stored by the warehouse: the consumer asks it of the value in an
 * event, the loader of the text in a file of another writer, and both get the same answer.
 */
export interface Kind<Value = unknown> {
  /** What a valid value is, for error messages: "expected …". */
  readonly expected: string;
  /** Its column type in PostgreSQL. */
  readonly sql: string;
  /** The CSV text of a value from JSON; undefined if the value is not of this kind. */
  readonly encode: (value: unknown) => string | undefined;
  /**
   * The CSV text of a value that another program wrote as text; undefined if it is not of this
   * kind.
   */
  readonly read: (text: string) => string | undefined;
  /** The values that the downstream ETL accepts, where it checks them. */
  readonly values?: readonly Value[];
  /** What other writers call these values. */
  readonly synonyms?: Readonly<Record<string, Value>>;
  /** The kind that a text should be a value of, where other text is kept as it is. */
  readonly perhaps?: Kind;
}

/** The TypeScript type of a kind's values. */
export type ValueOf<K> = K extends Kind<infer Value> ? Value : never;

/** Identifiers longer than this make downstream programs reject the whole file. */
const ID_LENGTH = 64;

/** An identifier. */
export const id: Kind<string> = {
  expected: `text of 1 to ${ID_LENGTH} characters`,
  sql: `varchar(${ID_LENGTH})`,
  encode: (value) => typeof value === "string" ? readId(value) : undefined,
  read: readId,
};

function readId(value: string): string | undefined {
  return value !== "" && hasAtMost(ID_LENGTH, value) && isStorable(value) ? value : undefined;
}

/** Text of any length. */
export const text: Kind<string> = {
  expected: "text",
  sql: "text",
  encode: (value) => typeof value === "string" && isStorable(value) ? value : undefined,
  read: (value) => isStorable(value) ? value : undefined,
};

/** Free text that downstream programs store in a column of 512 characters. */
export const note: Kind<string> = {
  expected: "text of at most 512 characters",
  sql: "varchar(512)",
  encode: (value) => typeof value === "string" ? note.read(value) : undefined,
  read: (value) => hasAtMost(512, value) && isStorable(value) ? value : undefined,
};

/**
 * Text out of a set. Another text is landed and loaded all the same; the warehouse names it as a
 * new value. What differs by case, blanks, hyphens or underscores only is the same word there.
 *
 * @param synonyms of other writers, each with the value that it stands for
 */
export function oneOf<const V extends readonly string[]>(
  values: V,
  synonyms: Readonly<Record<string, V[number]>> = {},
): Kind<V[number]> {
  return { ...text, values, synonyms };
}

/** What `numeric(14,2)` would round up to a number that it cannot hold. */
const AMOUNT_LIMIT = 999_999_999_999.995;

/**
 * Money, written with two decimals; with more only if the value has more, which the warehouse
 * rounds.
 */
export const amount: Kind<number> = {
  expected: "an amount such as 23999.50",
  sql: "numeric(14,2)",
  encode(value) {
    if (typeof value !== "number") return readDigits(value, amount);
    if (!(Math.abs(value) < AMOUNT_LIMIT)) return undefined;
    const cents = value.toFixed(2);
    return Number(cents) === value ? cents : String(value);
  },
  read: (text) => readNumber(text, amount),
};

/** A finite number. */
export const number: Kind<number> = {
  expected: "a number",
  sql: "double precision",
  encode(value) {
    if (typeof value !== "number") return readDigits(value, number);
    return Number.isFinite(value) ? String(value) : undefined;
  },
  read: (text) => readNumber(text, number),
};

/** A count. */
export const integer: Kind<number> = {
  expected: "a whole number of 32 bits",
  sql: "integer",
  encode(value) {
    if (typeof value !== "number") return readDigits(value, integer);
    // Only what survives the conversion to 32 bits counts; `+ 0` turns -0 into 0 for the
    // comparison.
    return (value | 0) === value + 0 ? String(value) : undefined;
  },
  // Digits that a double cannot hold are not a 32-bit integer.
  read: (text) => readDecimal(text)?.isExact ? readNumber(text, integer) : undefined,
};

/** A time in UTC; other writers may write it in other forms. */
export const timestamp: Kind<string> = {
  expected: "a UTC time such as 2026-02-26T10:30:45.123456",
  sql: "timestamp",
  encode: (value) => typeof value === "string" ? canonicalTimestamp(value) : undefined,
  read: canonicalTimestamp,
};

/** Text; where it is a value of a kind, it is written as that kind writes it. */
export function perhaps(kind: Kind): Kind<string> {
  const { read } = kind;
  return {
    ...text,
    perhaps: kind,
    encode: (value) => typeof value === "string" ? read(value) ?? text.read(value) : undefined,
    read: (value) => read(value) ?? text.read(value),
  };
}

/** Digits that a double cannot hold are kept as they are. */
function readNumber(text: string, { encode }: Kind): string | undefined {
  const decimal = readDecimal(text);
  const written = decimal && encode(decimal.value);
  return written === undefined || decimal!.isExact ? written : text;
}

function readDigits(value: unknown, { read }: Kind): string | undefined {
  const digits = digitsOf(value);
  return digits === undefined ? undefined : read(digits);
}

/** Counts characters as PostgreSQL does, which are two units of a JavaScript string at most. */
function hasAtMost(length: number, value: string): boolean {
  return value.length <= length || value.length <= 2 * length && [...value].length <= length;
}

/** PostgreSQL stores no NUL, and UTF-8 has no lone surrogate: such text would change on the way. */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}
