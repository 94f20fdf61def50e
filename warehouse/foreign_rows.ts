import { csvLine, type CsvRecord } from "../shared/formats/csv.ts";
import { catalogue, columnsOf, envelope, type Type } from "../shared/events.ts";
import type { Kind } from "../shared/fields.ts";
import { excerpt, printable } from "../shared/printable.ts";
import { dateField } from "./rules.ts";
import { UnreadableFile } from "./unreadable_file.ts";

/** The columns of what {@linkcode foreignRows} gives: those of the staged table. */
export function foreignColumns(type: Type): string[] {
  return ["line", ...columnsOf(type), "extra", "reason", "content"];
}

/**
 * Makes the function that judges the rows of a file of any writer by the kinds of the catalogue, as the
 * consumer judges events: columns in any order, some missing, some that the catalogue does not know. It
 * gives a row as a line for COPY; one with a cell that is no value of its kind as its content, with the
 * reason.
 *
 * @throws {UnreadableFile} from that function, when a row has not the cells that the header names
 */
export function foreignRows(
  type: Type,
  header: readonly string[],
): (record: CsvRecord) => string {
  const { idField } = catalogue[type];
  const names = columnsOf(type);
  const kinds: Readonly<Record<string, Kind>> = { ...envelope, ...catalogue[type].fields };
  const columns = names.map((name) => ({ name, kind: kinds[name]!, at: header.indexOf(name) }));
  const extras = [...header.keys()].filter((at) => !Object.hasOwn(kinds, header[at]!));
  const [eventType, eventId, timestamp, ownId, ownDate] = [
    "event_type",
    "event_id",
    "timestamp",
    idField,
    dateField(type),
  ]
    .map((name) => names.indexOf(name)) as [number, number, number, number, number];
  const none = names.map(() => "");

  return (record) => {
    const { cells, number } = record;
    checkLength(record, header);
    const values: string[] = [];
    for (const { name, kind, at } of columns) {
      // Programs write what is not there as an empty cell, quoted or not.
      const cell = cells[at] ?? "";
      const value = cell === "" ? "" : kind.read(cell);
      if (value === undefined) {
        return rejected(record, `${name} is ${shown(cell)}, expected ${kind.expected}`);
      }
      values.push(value);
    }
    // What another writer has left empty or out.
    values[eventType] ||= type;
    values[eventId] ||= values[ownId]!;
    values[ownId] ||= values[eventId]!;
    values[timestamp] ||= values[ownDate]!;
    return csvLine([String(number), ...values, json(cells, extras), "", ""]);
  };

  function rejected({ cells, number }: CsvRecord, reason: string): string {
    const row = [...none];
    const id = cells[columns[eventId]!.at] || cells[columns[ownId]!.at] || "";
    row[eventId] = [...id.slice(0, 128)].slice(0, 64).join("");
    return csvLine([String(number), ...row, "", reason, json(cells, header.keys()) || "{}"]);
  }

  /** The cells that are not empty as a JSON object by their columns' names; "" if all are. */
  function json(cells: readonly string[], places: Iterable<number>): string {
    const filled = [];
    for (const at of places) if (cells[at]) filled.push([header[at], cells[at]] as const);
    return filled.length === 0 ? "" : JSON.stringify(Object.fromEntries(filled));
  }
}

function checkLength({ cells, line, isEnded }: CsvRecord, header: readonly string[]): void {
  if (cells.length < header.length) {
    const cut = isEnded ? "" : " (the file seems to be cut off)";
    throw new UnreadableFile(`line ${line}: the row ends before "${header[cells.length]}"${cut}`);
  }
  for (let at = header.length; at < cells.length; at++) {
    if (cells[at] === "") continue;
    throw new UnreadableFile(
      `line ${line}: behind "${header.at(-1)}", the last column, stands ${shown(cells[at]!)}`,
    );
  }
}

/** A cell in an error message. */
function shown(cell: string): string {
  return `"${printable(excerpt(cell))}"`;
}
