import type { FileType } from "../../shared/catalogue/events.ts";
import { csvRows } from "./csv_rows.ts";
import { jsonRows } from "./json_rows.ts";
import type { IsId, SourceForm, SourceRows } from "./source_row.ts";
import { unpack } from "./unpack.ts";
import { xlsxRows } from "./xlsx_rows.ts";

/** What is to be read, and how. */
export interface Source {
  readonly type: FileType;
  readonly isId: IsId;
  /** The name of the column that isId looks for first, for messages. */
  readonly id: string;
  /** Whether our consumer has written it. */
  readonly isOurs?: boolean;
  /** Receives the detected form of the file. */
  readonly form: SourceForm;
}

/**
 * The rows of a file of another writer, in its format.
 *
 * @throws {UnreadableFile} when it cannot be read
 */
export function sourceRows(body: AsyncIterable<Uint8Array>, source: Source): SourceRows {
  const unpacked = unpack(body, source.form);
  switch (source.form.format) {
    case "json":
      return jsonRows(unpacked, source);
    case "xlsx":
      return xlsxRows(unpacked, source);
    default:
      return csvRows(unpacked, source);
  }
}
