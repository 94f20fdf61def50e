import { aliases } from "../../shared/catalogue/aliases.ts";
import { csvLine } from "../../shared/formats/csv.ts";
import { digitsOf, parseJson } from "../../shared/catalogue/decimals.ts";
import { rootMessage } from "../../shared/cli/errors.ts";
import { catalogue, columnsOf, envelope, type Type } from "../../shared/catalogue/events.ts";
import { isStorable, type Kind } from "../../shared/catalogue/fields.ts";
import { excerpt, printable } from "../../shared/cli/printable.ts";
import type { ColumnSet } from "./file_columns.ts";

/** What a Kafka message is to the consumer. */
export type Decoded =
  | DecodedRow
  /** What cannot be landed, and why. */
  | { readonly kind: "dead letter"; readonly reason: string }
  /** A null value: a deletion marker of a compacted topic. */
  | { readonly kind: "tombstone" };

/** An event. */
export interface DecodedRow {
  readonly kind: "row";
  /** The CSV text of its known columns. */
  readonly line: string;
  /** Those of them that are empty, if any is. */
  readonly empty?: ColumnSet;
  /** The fields that the catalogue does not know, if there are any. */
  readonly extras?: ReadonlyMap<string, string>;
}

/** More unknown fields than this in one event are a mistake, not columns. */
export const MAX_EXTRA_FIELDS = 200;

const utf8 = new TextDecoder("utf-8", { fatal: true });
const tombstone: Decoded = { kind: "tombstone" };

/**
 * Returns the function that turns the messages of a type's topic into CSV rows or dead letters.
 * It never throws: what it cannot read is a dead letter.
 */
export function decoder(type: Type): (value: Uint8Array | null) => Decoded {
  const kinds = Object.entries<Kind>({ ...envelope, ...catalogue[type].fields });
  const columns = new Set(columnsOf(type));
  const { idField } = catalogue[type];
  const otherIds = aliases[type]?.[idField] ?? [];

  return (value) => {
    if (value === null) return tombstone;
    try {
      const text = utf8.decode(value);
      return row(parseJson(text), text);
    } catch (error) {
      return deadLetter(
        error instanceof TypeError
          ? "the message is not valid UTF-8"
          : error instanceof SyntaxError
          ? `the message is not JSON: ${error.message}`
          : `the message cannot be read: ${rootMessage(error)}`,
      );
    }
  };

  function row(event: unknown, text: string): Decoded {
    if (typeof event !== "object" || event === null || Array.isArray(event)) {
      return deadLetter(`the message is not a JSON object but ${describe(event)}`);
    }
    const fields = event as Record<string, unknown>;
    fields.event_type ??= type;
    fields.event_id ??= fields[idField] ?? otherIds.map((name) => fields[name]).find(isThere);
    fields[idField] ??= fields.event_id;
    if (fields.event_type !== type) {
      return deadLetter(`event_type is ${describe(fields.event_type)} in the topic of ${type}`);
    }
    if (fields.event_id == null) return deadLetter(`the event has no event_id and no ${idField}`);
    if (fields.timestamp == null) return deadLetter("the event has no timestamp");

    const cells: string[] = [];
    let known = 0;
    let empty: ColumnSet = 0;
    for (const [name, kind] of kinds) {
      const value = fields[name];
      if (value !== undefined) known++;
      const cell = value == null ? "" : kind.encode(value);
      if (cell === undefined) {
        return deadLetter(`${name} is ${describe(value)}, expected ${kind.expected}`);
      }
      if (cell === "") empty |= 1 << cells.length;
      cells.push(cell);
    }
    const line = csvLine(cells);
    const row: DecodedRow = empty === 0 ? { kind: "row", line } : { kind: "row", line, empty };
    const names = Object.keys(fields);
    return names.length === known ? row : withExtras(fields, names, row, text);
  }

  function withExtras(
    fields: Record<string, unknown>,
    names: readonly string[],
    row: DecodedRow,
    text: string,
  ): Decoded {
    const extras = new Map<string, string>();
    for (const name of names) {
      if (columns.has(name)) continue;
      if (extras.size === MAX_EXTRA_FIELDS) {
        return deadLetter(`the event has more than ${MAX_EXTRA_FIELDS} unknown fields`);
      }
      if (name === "" || !isStorable(name)) {
        return deadLetter(`${describe(name)} cannot be the name of a column`);
      }
      const cell = extraCell(fields[name], text);
      if (cell === undefined) {
        return deadLetter(
          `${describe(name)} is ${describe(fields[name])}, which no column can hold`,
        );
      }
      extras.set(name, cell);
    }
    return { ...row, extras };
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A necessary sign in an event's text of a number that is too large for a double. */
const MAY_OVERFLOW = /\d[eE]\+?\d{3}|[\d.]{309}/;

/**
 * The CSV text of a field that is not in the catalogue; undefined if it cannot be stored.
 *
 * @param text of the event
 */
function extraCell(value: unknown, text: string): string | undefined {
  if (value === null) return "";
  if (typeof value === "string") return isStorable(value) ? value : undefined;
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== "object") return String(value);
  // JSON cannot express infinity: such a number would land as null.
  if (MAY_OVERFLOW.test(text) && holdsInfinity(value)) return undefined;
  return digitsOf(value) ?? JSON.stringify(value);
}

function holdsInfinity(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsInfinity);
}

/** A reason is one line of plain text: it goes into a header and to a terminal. */
function deadLetter(reason: string): Decoded {
  return { kind: "dead letter", reason: printable(reason) };
}

/** A value as an error message shows it: shortened. */
function describe(value: unknown): string {
  if (value === undefined) return "absent";
  if (Array.isArray(value)) return "an array";
  const digits = digitsOf(value ?? undefined);
  if (typeof value === "object" && value !== null && !digits) return "an object";
  return excerpt(typeof value === "string" ? JSON.stringify(value) : digits ?? String(value));
}
