/** A number in decimal notation, as people and programs write it: `12`, `+12.50`, `.5`, `1e-7`. */
export interface Decimal {
  /** The nearest double. */
  readonly value: number;
  /** Whether the double is exact: its own text denotes the same number. */
  readonly isExact: boolean;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** A double holds any number with this many digits and no exponent. */
const SURE_DIGITS = 15;

/** Parses a decimal; undefined if it is not one, or too large or too small for a double. */
export function readDecimal(text: string): Decimal | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  const isSure = text.length <= SURE_DIGITS && !/e/i.test(text);
  if (isSure) return { value, isExact: true };
  const digits = significant(text);
  if (!Number.isFinite(value) || value === 0 && digits !== ZERO) return undefined;
  return { value, isExact: digits === significant(String(value)) };
}

const ZERO = "0";

/**
 * Digits without zeros around them, and their power of ten: the same for all ways to write a
 * number.
 */
function significant(text: string): string {
  const [mantissa = "", power = "0"] = text.replace(/^[+-]/, "").toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  if (short === "") return ZERO;
  return `${short}e${Number(power) - fraction.length + digits.length - short.length}`;
}

/**
 * `JSON.parse`, but a number whose digits a double does not hold is the digits that were sent: as
 * `JSON.rawJSON`, which `JSON.stringify` writes as they are. What no double comes near to is
 * Infinity.
 *
 * Source: https://github.com/tc39/proposal-json-parse-with-source
 */
export function parseJson(text: string): unknown {
  return mayRound(text)
    ? JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1])
    : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, { source = "" }: { source?: string }): unknown {
  if (typeof value !== "number" || !Number.isFinite(value)) return value;
  const written = String(value);
  if (written === source) return value;
  const isSame = readDecimal(source)?.isExact && (/e/i.test(source) || !written.includes("e"));
  return isSame ? value : (JSON as WithRaw).rawJSON(source);
}

/**
 * The digits of a number out of {@linkcode parseJson} that no double holds; undefined for all else.
 */
export function digitsOf(value: unknown): string | undefined {
  return typeof value === "object" && (JSON as WithRaw).isRawJSON(value)
    ? (value as { rawJSON: string }).rawJSON
    : undefined;
}

/** The shortest text of a number that has more digits than a double surely holds. */
const LONG = SURE_DIGITS + 1;

/**
 * Whether JSON text may have a number in it that a double does not hold: one of many digits, or one
 * near zero. Asked of every event, so by hand: a regular expression takes ten times as long.
 */
function mayRound(text: string): boolean {
  for (let at = LONG - 1; at < text.length; at += LONG) {
    let from = at;
    while (isDigitOrPoint(text, from)) from--;
    while (isDigitOrPoint(text, at)) at++;
    if (at - from - 1 >= LONG) return true;
  }
  for (let at = text.indexOf("-"); at !== -1; at = text.indexOf("-", at + 1)) {
    const isExponent = (text.charCodeAt(at - 1) | 32) === 101 && isDigitOrPoint(text, at - 2);
    if (isExponent && isDigitOrPoint(text, at + 3)) return true;
  }
  return false;
}

function isDigitOrPoint(text: string, at: number): boolean {
  const char = text.charCodeAt(at);
  return char <= 57 && char >= 46 && char !== 47;
}

/** What TypeScript's types lack so far. */
type WithRaw = typeof JSON & {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};
