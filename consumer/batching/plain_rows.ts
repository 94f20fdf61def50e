import { catalogue, columnsOf, envelope, type Type } from "../../shared/catalogue/events.ts";
import {
  amount,
  id,
  integer,
  type Kind,
  note,
  number,
  text,
  timestamp,
} from "../../shared/catalogue/fields.ts";
import type { ColumnSet } from "./file_columns.ts";

/** An event that became CSV without being decoded. Valid until the next one is read. */
export interface PlainRow {
  readonly kind: "plain row";
  /** Starts with the CSV text of the known columns, UTF-8; what follows it is stale. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** The columns that are empty. */
  readonly empty: ColumnSet;
}

/**
 * Returns the function that turns an event's JSON into its CSV line byte by byte, where the two
 * hardly differ: all fields of the type, in catalogue order, and no others, as our producers write
 * them; ASCII without escapes; numbers and times in the form that files have. Three times as fast
 * as decoding. Everything else is undefined here, and up to `decoder()`; a line is always the one
 * that it makes.
 */
export function plainRows(
  type: Type,
): (json: Uint8Array, from?: number, to?: number) => PlainRow | undefined {
  const { idField, fields } = catalogue[type];
  const required = new Set([...Object.keys(envelope), idField]);
  const kinds: Record<string, Kind> = { ...envelope, ...fields };
  const columns = columnsOf(type).map((name, at) => ({
    key: ascii(`"${name}":`),
    bit: 1 << at,
    copy: name === "event_type" ? copyOnly(ascii(`"${type}"`)) : copyOf(kinds[name]!),
    mayBeNull: !required.has(name),
  }));
  const cursor = new Cursor();

  return (json, from = 0, to = json.length) => {
    cursor.begin(json, from, to);
    let empty: ColumnSet = 0;
    for (const { key, bit, copy, mayBeNull } of columns) {
      if (json[cursor.at] !== (bit === 1 ? OPEN : COMMA)) return undefined;
      cursor.at++;
      if (bit !== 1) cursor.out[cursor.to++] = COMMA;
      cursor.skipBlank();
      if (!cursor.passes(key)) return undefined;
      cursor.skipBlank();
      const before = cursor.to;
      if (!(mayBeNull && cursor.passes(NULL)) && !copy(cursor)) return undefined;
      if (cursor.to === before) empty |= bit;
    }
    if (json[cursor.at] !== CLOSE || cursor.at + 1 !== to) return undefined;
    return { kind: "plain row", bytes: cursor.out, length: cursor.to, empty };
  };
}

const [QUOTE, COMMA, MINUS, POINT, ZERO, OPEN, CLOSE, BLANK] = [...'",-.0{} ']
  .map((char) => char.charCodeAt(0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
const NULL = ascii("null");

/** Copies a value from JSON to CSV; false leaves the event to `decoder()`. */
type Copy = (cursor: Cursor) => boolean;

/** The JSON that is read, and the CSV that is written. */
class Cursor {
  json: Uint8Array = new Uint8Array();
  at = 0;
  out = new Uint8Array(4096);
  to = 0;

  begin(json: Uint8Array, from: number, end: number): void {
    this.json = json;
    this.at = from;
    this.to = 0;
    // A cell needs less than its field's name and value.
    if (this.out.length < end - from) this.out = new Uint8Array(2 * (end - from));
  }

  /** Skips the blank that some JSON libraries put after a colon or a comma. */
  skipBlank(): void {
    if (this.json[this.at] === BLANK) this.at++;
  }

  /** Skips these bytes; false if others are there. */
  passes(bytes: Uint8Array): boolean {
    const { json, at } = this;
    for (let i = 0; i < bytes.length; i++) if (json[at + i] !== bytes[i]) return false;
    this.at = at + bytes.length;
    return true;
  }

  /** Copies digits; returns how many. */
  copyDigits(): number {
    const { json, out } = this;
    const from = this.at;
    for (let byte = json[this.at]!; byte >= ZERO && byte < ZERO + 10; byte = json[++this.at]!) {
      out[this.to++] = byte;
    }
    return this.at - from;
  }
}

/** Copies exactly this text. */
function copyOnly(json: Uint8Array): Copy {
  const cell = json.subarray(1, -1);
  return (cursor) => {
    if (!cursor.passes(json)) return false;
    for (const byte of cell) cursor.out[cursor.to++] = byte;
    return true;
  };
}

function copyOf(kind: Kind): Copy {
  switch (kind) {
    case id:
      return (cursor) => copyText(cursor, 1, 64);
    case note:
      return (cursor) => copyText(cursor, 0, 512);
    case timestamp:
      return copyTimestamp;
    case amount:
      return copyAmount;
    case number:
      return copyNumber;
    case integer:
      return copyInteger;
    default:
      // A set of values is text as well; other kinds are not supported here.
      return kind.encode === text.encode ? (cursor) => copyText(cursor, 0, Infinity) : () => false;
  }
}

/** The role of a byte in a text: part of it, part that requires CSV quotes, or neither. */
const [PART, QUOTED] = [1, 2];
const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isPart = byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== 0x5c;
  return isPart ? byte === COMMA ? QUOTED : PART : 0;
});

function copyText(cursor: Cursor, least: number, most: number): boolean {
  const { json, out } = cursor;
  let { at, to } = cursor;
  if (json[at++] !== QUOTE) return false;
  const from = to;
  let quoted = false;
  for (let what = BYTES[json[at]!]; what; what = BYTES[json[at]!]) {
    if (what === QUOTED) quoted = true;
    out[to++] = json[at++]!;
  }
  if (json[at++] !== QUOTE || to - from < least || to - from > most) return false;
  if (quoted) {
    out.copyWithin(from + 1, from, to);
    out[from] = QUOTE;
    out[to + 1] = QUOTE;
    to += 2;
  }
  cursor.at = at;
  cursor.to = to;
  return true;
}

const TIMESTAMP = ascii('"0000-00-00T00:00:00.000000"');

/** Days that a month has every year, by its number. */
const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A time as files have it; 29 February is left to `decoder()`. */
function copyTimestamp(cursor: Cursor): boolean {
  const { json, at, out } = cursor;
  for (let i = 0; i < TIMESTAMP.length; i++) {
    const byte = json[at + i]!;
    const isRight = TIMESTAMP[i] === ZERO
      ? byte >= ZERO && byte < ZERO + 10
      : byte === TIMESTAMP[i];
    if (!isRight) return false;
  }
  const two = (digit: number) => (json[at + digit]! - ZERO) * 10 + json[at + digit + 1]! - ZERO;
  const [month, day] = [two(6), two(9)];
  if (two(1) + two(3) === 0 || day < 1 || !(day <= DAYS[month]!)) return false;
  if (two(12) > 23 || two(15) > 59 || two(18) > 59) return false;
  for (let i = 1; i < TIMESTAMP.length - 1; i++) out[cursor.to++] = json[at + i]!;
  cursor.at += TIMESTAMP.length;
  return true;
}

/**
 * Copies a number without an exponent. What begins with minus zero is left to `decoder()`.
 *
 * @param whole the most digits before the point
 * @param fraction the most digits after it
 * @returns digits after the point; -1 for anything else
 */
function copyDecimal(cursor: Cursor, whole: number, fraction: number): number {
  const { json, out } = cursor;
  if (json[cursor.at] === MINUS) {
    out[cursor.to++] = MINUS;
    if (json[++cursor.at] === ZERO) return -1;
  }
  const isZero = json[cursor.at] === ZERO;
  const before = cursor.copyDigits();
  if (before === 0 || before > (isZero ? 1 : whole)) return -1;
  if (json[cursor.at] !== POINT) return 0;
  out[cursor.to++] = POINT;
  cursor.at++;
  const behind = cursor.copyDigits();
  return behind === 0 || behind > fraction ? -1 : behind;
}

function copyInteger(cursor: Cursor): boolean {
  return copyDecimal(cursor, 9, 0) === 0;
}

/** Always with two decimals. */
function copyAmount(cursor: Cursor): boolean {
  const behind = copyDecimal(cursor, 11, 2);
  if (behind === -1) return false;
  const { out } = cursor;
  if (behind === 0) out[cursor.to++] = POINT;
  for (let i = behind; i < 2; i++) out[cursor.to++] = ZERO;
  return true;
}

/** A number that a double holds exactly, and prints like that. */
function copyNumber(cursor: Cursor): boolean {
  const behind = copyDecimal(cursor, 9, 6);
  return behind === 0 || behind > 0 && cursor.out[cursor.to - 1] !== ZERO;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
