import { unzipSync } from "fflate";
import { readXlsx, streamXlsxRows } from "hucre/xlsx";
import { Buffer } from "node:buffer";
import { rootMessage } from "../../shared/cli/errors.ts";
import { excerpt } from "../../shared/cli/printable.ts";
import { UnreadableFile } from "./unreadable_file.ts";
import { checkNames, trimmed } from "./csv_header.ts";
import type { IsId, SourceForm, SourceRow, SourceRows } from "./source_row.ts";

/** A workbook is read as a whole: its index stands at its end. In bytes. */
const MAX_PACKED = 64 * 1024 * 1024;
/** What its parts may unpack to, which is a million rows of ten short cells. In bytes. */
const MAX_UNPACKED = 512 * 1024 * 1024;
/** Rows per batch. */
const ROWS = 500;

/**
 * The rows of a sheet of a workbook: of the one that is named like the type, else of the first.
 *
 * Read with hucre, which streams the XML of a sheet. SheetJS on npm has not been maintained since
 * 2022 and has known vulnerabilities, exceljs not since 2023; read-excel-file is maintained, but
 * returns all rows at once, and xlsx-stream-reader depends on unmaintained parts.
 *
 * @param form receives the sheet's name
 * @throws {UnreadableFile} when it is not a workbook, too large, or has no header
 */
export async function* xlsxRows(
  body: AsyncIterable<Uint8Array>,
  { isId, id, form, type }: { isId: IsId; id: string; form: SourceForm; type: string },
): SourceRows {
  const data = await whole(body);
  try {
    const sheet = await sheetOf(data, type);
    form.sheet = sheet;
    yield* tableRows(streamXlsxRows(data, { sheet }), { isId, id });
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    throw new UnreadableFile(`it is not a readable XLSX file: ${rootMessage(error)}`, {
      cause: error,
    });
  }
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_PACKED) throw tooLarge(`it has more than ${MAX_PACKED / 1024 / 1024} MiB`);
  }
  if (length === 0) throw new UnreadableFile("it is empty");
  return Buffer.concat(chunks);
}

/**
 * The name of the sheet to read. Also bounds what the workbook may unpack to: hucre keeps to what
 * is declared.
 */
async function sheetOf(data: Uint8Array, type: string): Promise<string> {
  let unpacked = 0;
  unzipSync(data, {
    filter({ originalSize, size, name }) {
      if (originalSize === 0 && (size > 0 || name.endsWith(".xml"))) {
        throw new UnreadableFile(`its part "${name}" does not declare its size`);
      }
      unpacked += originalSize;
      return false;
    },
  });
  if (unpacked > MAX_UNPACKED) {
    throw tooLarge(`it unpacks to more than ${MAX_UNPACKED / 1024 / 1024} MiB`);
  }
  const names: string[] = [];
  await readXlsx(data, {
    sheets({ name }) {
      names.push(name);
      return false;
    },
  });
  const sheet = names.find((name) => name.trim().toLowerCase() === type) ?? names[0];
  if (sheet === undefined) throw new UnreadableFile("it has no sheet");
  return sheet;
}

function tooLarge(what: string): UnreadableFile {
  return new UnreadableFile(`${what}: save it as CSV, which has no limit`);
}

/** Takes the first row that is not empty as the header; skips empty rows. */
async function* tableRows(
  rows: AsyncIterable<{ index: number; values: readonly Value[] }>,
  { isId, id }: { isId: IsId; id: string },
): SourceRows {
  let names: readonly string[] | undefined;
  let some: SourceRow[] = [];
  for await (const { index, values } of rows) {
    const cells = values.map(cellText);
    if (cells.every((cell) => cell === "")) continue;
    if (!names) {
      names = trimmed(checkNames(cells, isId, id));
      continue;
    }
    some.push(row(cells, names, index + 1));
    if (some.length < ROWS) continue;
    yield some;
    some = [];
  }
  if (!names) checkNames([], isId, id);
  yield some;
}

function row(cells: string[], names: readonly string[], number: number): SourceRow {
  const over = cells.find((cell, at) => at >= names.length && cell !== "");
  if (over !== undefined) {
    throw new UnreadableFile(
      `row ${number}: behind "${names.at(-1)}", the last column, stands "${excerpt(over)}"`,
    );
  }
  return { number, names, cells: names.map((_, at) => cells[at] ?? "") };
}

type Value = string | number | boolean | Date | null | undefined;

/**
 * A cell as a CSV file of the same table would have it; a date that Excel knows as one has a time
 * there.
 */
function cellText(value: Value): string {
  if (value === null || value === undefined) return "";
  if (!(value instanceof Date)) return String(value);
  return Number.isNaN(value.getTime())
    ? "no date"
    : value.toISOString().replace("T", " ").replace(/(\.000)?Z$/, "");
}
