import fc from "fast-check";
import type { Kind } from "../../shared/catalogue/fields.ts";

/** A value as JSON text. */
export type Json = string;

const SEED = 20_260_226;
/** How many values of a kind are made up, beside those that are known to be hard. */
const MADE_UP = 25;

const times = fc.oneof(
  fc.tuple(
    fc.constantFrom("2026-02-26", "2026-02-30", "0001-01-01", "0000-01-01", "1969-12-31"),
    fc.constantFrom("", "T23:59:59", " 23:59:59", "T24:00:00", "T23:59:60", "T00:00", "T9:00"),
    fc.constantFrom("", ".5", ".9999996", ".9999994", ".123456789012", ".", ",5"),
    fc.constantFrom("", "Z", " Z", "+02:00", "-0330", " +05", "+16:00", "+02:60", " UTC"),
  ).map((parts) => parts.join("")),
  fc.date({ min: new Date("0001-01-02"), max: new Date("2026-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
);
// Not 26.02.2026, nor seconds since 1970: what only the other rows of a file make clear, or only its
// columns, is no time in an event.
const hardTimes = [
  ...["2026-02-26", "2026-02-26T23:59:59.9999996", "2026-02-25T24:00:00", "2026-02-26T23:59:60"],
  ...["2026-02-26T10:30:45.1234565", "2026-02-26 10:30:45 +02:00", "2026-02-26T10:30:45.1234567Z"],
  ...["now", "infinity", "-infinity", "today", "epoch", "31.02.2026", "2026-057", "20260226"],
  ...[
    "2026-02-26 ",
    "2026-02-26T10:30:45 Europe/Berlin",
    "0001-01-01T00:00:00+01:00",
    "2026-02-26 BC",
  ],
  ...["2026-02-26T10", "2026-02-26T10:30:45+00:00:30", "J2461098", "12026-01-01"],
];

const digits = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => String(cents / 100)),
  fc.tuple(fc.integer({ min: 0, max: 99 }), fc.bigInt({ min: 0n, max: 10n ** 30n }))
    .map((parts) => parts.join(".")),
  fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -420, max: 420 }))
    .map((parts) => parts.join("e")),
);
const hardDigits = [
  ...[
    "0.30000000000000004",
    "1e-7",
    "12.344999999999999999",
    "12.345",
    "0.005",
    "1.005",
    "-0",
    "-0.0",
  ],
  ...[
    "999999999999.99",
    "999999999999.994999",
    "999999999999.995",
    "1000000000000",
    "1e400",
    "1e-400",
  ],
  ...[
    "5.0",
    "5.00000000000000000001",
    "2147483647",
    "2147483648",
    "-2147483648",
    "1E+2",
    "1e5",
    "-0.001",
  ],
  ...[
    "100.00000000000001",
    "9007199254740993",
    "90.00000000000000000000000001",
    "0.1000000000000000055",
  ],
  ...["true", "false", "[]", "{}", "[1]", '{"a":1}', "null"],
];

const texts = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !text.includes("\0"));
const hardTexts = [
  ...["x", "🚗", "é"].flatMap((char) =>
    [63, 64, 65, 256, 257, 300, 511, 512, 513].map((count) => char.repeat(count))
  ),
  ...[
    "\n",
    '"',
    ",",
    "\r",
    " ",
    "\ufeff",
    "null",
    "NULL",
    "\\N",
    "\\.",
    "true",
    "Online",
    "Cash",
    "\x1b[31m",
  ],
];

/** Values for a field of a kind, right and wrong ones. */
export function valuesOf({ sql }: Kind): Json[] {
  if (sql === "timestamp") {
    return [...sample(times), ...hardTimes].map((text) => JSON.stringify(text));
  }
  if (sql === "text" || sql.startsWith("varchar")) {
    return [...sample(texts), ...hardTexts].map((text) => JSON.stringify(text));
  }
  return [...sample(digits), ...hardDigits];
}

/** Values for a field that nobody knows, as the consumer writes them. */
export const unknownValues: Json[] = [
  ...valuesOf({ sql: "text" } as Kind),
  ...sample(fc.bigInt({ min: 10n ** 17n, max: 10n ** 40n })).map(String),
  ...sample(fc.double({ noNaN: true, noDefaultInfinity: true })).map((value) => String(value + 0)),
  ...['{"a":[12345678901234567890,1e-400]}', "[0.10000000000000001]", "true", '{"":null}'],
];

/** A value as a program writes it that knows CSV only. */
export function cellOf(json: Json): string {
  const value = JSON.parse(json);
  if (value === null) return "";
  return typeof value === "string" ? value : json;
}

function sample<T>(values: fc.Arbitrary<T>): T[] {
  return fc.sample(values, { numRuns: MADE_UP, seed: SEED });
}
