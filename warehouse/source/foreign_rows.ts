import { csvLine } from "../../shared/formats/csv.ts";
import { columnsOf, envelope, type FileType, recordOf } from "../../shared/catalogue/events.ts";
import { isStorable, type Kind, timestamp } from "../../shared/catalogue/fields.ts";
import { excerpt, printable } from "../../shared/cli/printable.ts";
import { dateField } from "../sql/rules.ts";
import { columnFinder } from "./columns.ts";
import type { SourceRow } from "./source_row.ts";
import { readTime, UNDECIDED } from "./source_time.ts";
import type { Survey } from "./survey.ts";

/** The notation of a file's values. */
export interface Dialect {
  /** The zone for times without one: an IANA name. */
  readonly zone: string;
  /** Whether numbers may have a decimal comma: only if commas do not separate cells. */
  readonly decimalComma: boolean;
  /** What a survey of the file's columns has found; undefined before one. */
  readonly survey?: Survey;
}

/**
 * A value that only other rows of its column make clear: all must be surveyed before one is loaded.
 */
export class NeedsSurvey extends Error {
  override name = "NeedsSurvey";
}

/** The most columns that are reported as matched to fields. */
const MAX_NOTED = 200;

/**
 * Judges the rows of a file of any writer by the kinds of the catalogue, as the consumer judges
 * events: columns in any order and under names of others, some missing, some that the catalogue
 * does not know. It gives a row as a line for COPY; one with a cell that is no value of its kind as
 * its content, with the reason.
 */
export class ForeignRows {
  /** The columns that were taken for fields of another name. */
  readonly taken = new Map<string, string>();
  readonly #find: ReturnType<typeof columnFinder>;
  readonly #fields: readonly { readonly name: string; readonly kind: Kind }[];
  readonly #at: Readonly<Record<"type" | "id" | "time" | "ownId" | "ownDate", number>>;
  readonly #type: FileType;
  readonly #dialect: Dialect;

  constructor(type: FileType, dialect: Dialect) {
    const { idField, fields } = recordOf(type);
    const kinds: Readonly<Record<string, Kind>> = { ...envelope, ...fields };
    const names = columnsOf(type);
    this.#type = type;
    this.#dialect = dialect;
    this.#find = columnFinder(type);
    this.#fields = names.map((name) => ({ name, kind: kinds[name]! }));
    this.#at = {
      type: names.indexOf("event_type"),
      id: names.indexOf("event_id"),
      time: names.indexOf("timestamp"),
      ownId: names.indexOf(idField),
      ownDate: names.indexOf(dateField(type)),
    };
  }

  /**
   * A row as a line for COPY.
   *
   * @throws {NeedsSurvey} when it cannot be read before the others are known
   */
  line(row: SourceRow): string {
    const { number, names } = row;
    const cells = this.#cells(row);
    if (row.fault !== undefined) return this.#rejected(row, cells, row.fault);
    const values: string[] = [];
    for (const [at, { name, kind }] of this.#fields.entries()) {
      const cell = cells.values[at]!;
      const value = cell === "" ? "" : this.#read(name, kind, cell);
      if (value === undefined) {
        const reason = `${name} is ${shown(cell)}, expected ${kind.expected}`;
        return this.#rejected(row, cells, reason);
      }
      if (typeof value !== "string") {
        return this.#rejected(row, cells, `${name} is ${shown(cell)}, ${value.unclear}`);
      }
      values.push(value);
    }
    // What another writer has left empty or left out.
    const { type, id, time, ownId, ownDate } = this.#at;
    values[type] ||= this.#type;
    values[id] ||= values[ownId]!;
    values[ownId] ||= values[id]!;
    values[time] ||= values[ownDate]!;
    const unstorable = cells.left.find((at) => !isStorable(names[at]! + row.cells[at]!));
    if (unstorable !== undefined) {
      const reason = `${excerpt(names[unstorable]!)} is ${
        shown(row.cells[unstorable]!)
      }, expected text`;
      return this.#rejected(row, cells, reason);
    }
    return csvLine([String(number), ...values, json(row, cells.left), "", ""]);
  }

  /** The cells of a row that are no text, with the fields that they are for. */
  *survey(row: SourceRow): Generator<{ field: string; kind: Kind; cell: string }> {
    const { values } = this.#cells(row);
    for (const [at, { name, kind }] of this.#fields.entries()) {
      if (values[at] !== "") yield { field: name, kind: kind.perhaps ?? kind, cell: values[at]! };
    }
  }

  /** The cell of each field, and the places of cells that are for none. */
  #cells({ names, cells }: SourceRow): Cells {
    const { places, derived } = this.#find(names);
    const used = new Set<number>();
    const values = places.map((places, at) => {
      // Programs write what is not there as an empty cell, quoted or not.
      const place = places.find((at) => cells[at] !== "");
      if (place === undefined) return "";
      used.add(place);
      this.#note(names[place]!, this.#fields[at]!.name);
      return cells[place]!;
    });
    for (const { from, read } of derived) {
      const given = from.map((at) => cells[at]!);
      const told = given.includes("") ? undefined : read(...given);
      const fields = Object.entries(told ?? {});
      const free = fields.filter(([field]) => values[this.#place(field)] === "");
      // Half a position is none.
      if (fields.length === 0 || free.length < fields.length) continue;
      for (const [field, value] of free) values[this.#place(field)] = value;
      for (const at of from) {
        used.add(at);
        this.#note(names[at]!, free.map(([field]) => field).join(", "));
      }
    }
    const left = [...cells.keys()].filter((at) => cells[at] !== "" && !used.has(at));
    return { values, left };
  }

  #place(field: string): number {
    return this.#fields.findIndex(({ name }) => name === field);
  }

  #note(column: string, field: string): void {
    if (column !== field && this.taken.size < MAX_NOTED) this.taken.set(column, field);
  }

  #read(name: string, kind: Kind, cell: string): string | { readonly unclear: string } | undefined {
    if (!kind.perhaps) return this.#readAs(name, kind, cell);
    const value = this.#readAs(name, kind.perhaps, cell);
    return typeof value === "string" ? value : kind.read(cell);
  }

  #readAs(
    name: string,
    kind: Kind,
    cell: string,
  ): string | { readonly unclear: string } | undefined {
    if (kind === timestamp) return this.#readTime(name, cell);
    if (!isNumber(kind)) return kind.read(cell);
    return this.#readNumber(name, kind, cell);
  }

  #readTime(name: string, cell: string): string | { readonly unclear: string } | undefined {
    const { zone, survey } = this.#dialect;
    const isDay = name.endsWith("_date");
    const time = readTime(cell, { zone, isDay, order: survey?.orderOf(name) });
    if (time === UNDECIDED) throw new NeedsSurvey();
    return time;
  }

  #readNumber(
    name: string,
    kind: Kind,
    cell: string,
  ): string | { readonly unclear: string } | undefined {
    const { decimalComma, survey } = this.#dialect;
    if (!decimalComma || !DECIMAL_COMMA.test(cell)) return kind.read(cell);
    if (!survey) throw new NeedsSurvey();
    return survey.hasPoints(name)
      ? { unclear: "and other numbers of the column have a decimal point" }
      : kind.read(cell.replace(",", "."));
  }

  #rejected(row: SourceRow, { values }: Cells, reason: string): string {
    const empty = this.#fields.map(() => "");
    const id = values[this.#at.id] || values[this.#at.ownId] || "";
    empty[this.#at.id] = cut(id, 64);
    // Whose it is, whatever its columns are called: it may be somebody who was forgotten.
    for (const [name, length] of [["customer_id", 64], ["email", 254]] as const) {
      const at = this.#place(name);
      if (at >= 0) empty[at] = cut(values[at]!, length);
    }
    const content = json(row, row.names.keys()) || "{}";
    return csvLine([String(row.number), ...empty, "", printable(reason), content]);
  }
}

interface Cells {
  readonly values: readonly string[] & string[];
  readonly left: readonly number[];
}

/** A number with a decimal comma that cannot be anything else. */
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
/** The same with a decimal point. */
export const DECIMAL_POINT = /^[+-]?\d+\.\d+$/;

/** Whether a kind is one of numbers. */
export function isNumber({ sql }: Kind): boolean {
  return /^(numeric|double|integer)/.test(sql);
}

/** The cells that are not empty as a JSON object by their columns' names; "" if all are. */
function json({ names, cells }: SourceRow, places: Iterable<number>): string {
  const filled = [];
  for (const at of places) {
    if (cells[at]) filled.push([storable(names[at]!), storable(cells[at])] as const);
  }
  return filled.length === 0 ? "" : JSON.stringify(Object.fromEntries(filled));
}

/** The first characters of a cell, as PostgreSQL can store them. */
function cut(cell: string, length: number): string {
  return storable([...cell.slice(0, 2 * length)].slice(0, length).join(""));
}

/** Text that PostgreSQL can store: other characters are replaced. */
function storable(text: string): string {
  return isStorable(text) ? text : text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** A cell in an error message. */
function shown(cell: string): string {
  return `"${printable(excerpt(cell))}"`;
}
