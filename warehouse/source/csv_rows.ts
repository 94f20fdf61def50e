import type { CsvRecord } from "../../shared/formats/csv.ts";
import { CsvBytes } from "../../shared/formats/csv_bytes.ts";
import { excerpt } from "../../shared/cli/printable.ts";
import { asFileFault, UnreadableFile } from "./unreadable_file.ts";
import { findHeader } from "./csv_header.ts";
import type { IsId, SourceForm, SourceRow, SourceRows } from "./source_row.ts";
import { rejoin } from "./unpack.ts";

/**
 * The rows of a CSV file of any delimiter that its header makes clear.
 *
 * @param form receives the delimiter
 * @throws {UnreadableFile} with the line, when it is no CSV, or a row has not the cells that the
 * header
 *   names
 */
export async function* csvRows(
  body: AsyncIterable<Uint8Array>,
  source: { isId: IsId; id: string; form: SourceForm; isOurs?: boolean },
): SourceRows {
  const chunks = body[Symbol.asyncIterator]();
  try {
    const { delimiter, names, number, head } = await findHeader(chunks, source);
    source.form.delimiter = delimiter;
    const reader = new CsvBytes(delimiter);
    const rows = (records: CsvRecord[]) =>
      records.filter((record) => record.number > number).map((record) => row(record, names));
    for await (const chunk of rejoin(head, chunks)) {
      yield rows(asFileFault(() => reader.read(chunk), names));
    }
    yield rows(asFileFault(() => reader.end(), names));
  } finally {
    // Nobody will read the rest: its connection is released.
    await chunks.return?.();
  }
}

function row({ cells, number, line, isEnded }: CsvRecord, names: readonly string[]): SourceRow {
  if (cells.length < names.length) {
    const cut = isEnded ? "" : " (the file seems to be cut off)";
    throw new UnreadableFile(`line ${line}: the row ends before "${names[cells.length]}"${cut}`);
  }
  const over = cells.find((cell, at) => at >= names.length && cell !== "");
  if (over === undefined) return { number, names, cells };
  throw new UnreadableFile(
    `line ${line}: behind "${names.at(-1)}", the last column, stands "${excerpt(over)}"`,
  );
}
