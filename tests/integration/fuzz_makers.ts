import { catalogue, type Type } from "../../shared/catalogue/events.ts";
import { amount, integer, type Kind, number } from "../../shared/catalogue/fields.ts";

/** A message, and what must become of it. */
export interface Fuzzed {
  readonly value: Uint8Array;
  /** The event that must land, with the text that its column `remark` must have. */
  readonly lands?: { readonly id: string; readonly remark: string };
  /** Why it cannot land. */
  readonly reason?: RegExp;
}

/** Gives numbers from 0 up to, not with, 1. */
export type Random = () => number;

/** An event as it could land. */
export interface Draft {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly remark: string;
  readonly type: Type;
}

/** Makes a message of an event. */
export type Maker = (draft: Draft, random: Random) => Fuzzed;

const NO_DATES = [
  "2026-02-30",
  "2026-13-01T00:00:00",
  "2025-02-29",
  "0000-01-01",
  "2026-01-01T24:00",
];
const NESTED = 20_000;

/** Events that must land. */
export const GOOD: Maker[] = [
  (draft) => lands(draft, JSON.stringify(draft.fields)),
  (draft) => lands(draft, `\ufeff${JSON.stringify(draft.fields)}`),
  (draft) => lands(draft, withField(draft, "__proto__", { event_id: "polluted", remark: "no" })),
  (draft) => lands(draft, withField(draft, "constructor", { prototype: { event_id: "no" } })),
  (draft) => lands(draft, withField(draft, "toString", null)),
  (draft) => lands(draft, withRaw(draft, "digits", "123456789012345678901234567890")),
  (draft) => lands(draft, withRaw(draft, "event_id", JSON.stringify(draft.id))),
  (draft, random) =>
    lands(draft, withField(draft, `x${Math.floor(random() * 400)}`, [1, { a: 2 }])),
  (draft) => lands(draft, withField(draft, "time", new Date(0))),
];

/** Messages that cannot land. */
export const BAD: Maker[] = [
  (_, random) => bad(Uint8Array.of(0xff, ...noise(40, random)), /^the message is not valid UTF-8$/),
  (draft, random) => {
    const text = JSON.stringify(draft.fields);
    // Up to the id it stays the only one of its kind.
    return bad(text.slice(0, 60 + Math.floor(random() * (text.length - 61))), /is not JSON: /);
  },
  (draft) => {
    const [before, after] = withField(draft, "where", "|").split("|");
    return bad(
      Uint8Array.of(...utf8(before!), 0xc3, 0x28, ...utf8(after!)),
      /^the message is not valid UTF-8$/,
    );
  },
  (draft) => bad(JSON.stringify([draft.fields]), /is not a JSON object but an array$/),
  (draft) => bad(JSON.stringify(draft.id), /is not a JSON object but "\w+-\w+"$/),
  (draft) => bad(`${parseInt(draft.id.slice(-8), 16)}`, /is not a JSON object but \d+$/),
  (draft) => bad(withRaw(draft, "remark", '"\0"'), /is not JSON: /),
  (draft) => bad(withField(draft, "remark", "a\0b"), /^"remark" is "a\\u0000b", which no column/),
  (draft) => bad(withRaw(draft, "remark", '"\\ud800"'), /^"remark" is "\\ud800", which no column/),
  (draft) => bad(withField(draft, "a\0b", 1), /^"a\\u0000b" cannot be the name of a column$/),
  (draft) => bad(withField(draft, "", draft.id), /^"" cannot be the name of a column$/),
  (draft) => bad(withRaw(draft, "remark", "1e999"), /^"remark" is Infinity, which no column/),
  (draft) => bad(withField(draft, numeric(draft), "12k"), /^\w+ is "12k", expected a/),
  (draft) => bad(withRaw(draft, numeric(draft), "-1e999"), /^\w+ is -Infinity, expected a/),
  (draft) => bad(withField(draft, numeric(draft), [[[]]]), /^\w+ is an array, expected a/),
  (draft, random) =>
    bad(
      withField(draft, "timestamp", pick(NO_DATES, random)),
      /^timestamp is "[\d:T-]+", expected a UTC time such as /,
    ),
  (draft) => bad(withField(draft, "event_id", "\0"), /^event_id is "\\u0000", expected text of 1/),
  (draft) => bad(withField(draft, "event_id", "x".repeat(65)), /^event_id is "x+…, expected text/),
  (draft) => bad(withField(draft, "event_type", "cars"), /^event_type is "cars" in the topic of /),
  (draft) =>
    bad(
      JSON.stringify({ ...draft.fields, event_id: undefined }).replace(/}$/, "") +
        `,"__proto__":{"event_id":"${draft.id}"}}`,
      /^the event has no event_id and no \w+_id$/,
    ),
  (draft) => bad(withField(draft, "timestamp", null), /^the event has no timestamp$/),
];

/** Messages of many bytes, levels or fields. */
export const LARGE: Maker[] = [
  (draft) => lands(draft, withRaw(draft, "deep", "[".repeat(NESTED) + "]".repeat(NESTED))),
  (draft) => bad(`${draft.id}${"[".repeat(NESTED)}`, /is not JSON: /),
  (draft) =>
    bad(
      `${"[".repeat(NESTED)}"${draft.id}"${"]".repeat(NESTED)}`,
      /not a JSON object but an array$/,
    ),
  (draft) => {
    const fields = Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i]);
    return bad(
      JSON.stringify({ ...draft.fields, ...Object.fromEntries(fields) }),
      /^the event has more than 200 unknown fields$/,
    );
  },
  (draft) =>
    bad(
      withRaw(draft, numeric(draft), `${"[".repeat(NESTED)}${"]".repeat(NESTED)}`),
      /^\w+ is an array, expected a/,
    ),
];

/** A field of the type that holds a number; the timestamp where it has none. */
function numeric({ type }: Draft): string {
  const kinds: Kind[] = [amount, integer, number];
  const fields = Object.entries<Kind>(catalogue[type].fields);
  return fields.find(([, kind]) => kinds.includes(kind))?.[0] ?? "timestamp";
}

function withField({ fields }: Draft, name: string, value: unknown): string {
  // As text: an assignment to __proto__ would set no field.
  const rest = Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
  return `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
}

function withRaw(draft: Draft, name: string, json: string): string {
  const marker = "«value»";
  return withField(draft, name, marker).replace(JSON.stringify(marker), () => json);
}

function lands({ id, remark }: Draft, text: string): Fuzzed {
  return { value: utf8(text), lands: { id, remark } };
}

function bad(value: string | Uint8Array, reason: RegExp): Fuzzed {
  return { value: typeof value === "string" ? utf8(value) : value, reason };
}

/** One of them. */
export function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)]!;
}

function noise(length: number, random: Random): number[] {
  return Array.from({ length }, () => Math.floor(random() * 256));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
