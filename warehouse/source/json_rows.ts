import { UnreadableFile } from "./unreadable_file.ts";
import { JsonReader } from "./json_reader.ts";
import type { IsId, SourceRow, SourceRows } from "./source_row.ts";

/**
 * The rows of a JSON file: an array of objects, one object a line, or an object with one array of objects.
 * Only the row that is being read is kept.
 *
 * @throws {UnreadableFile} with the row, when it is none of these
 */
export async function* jsonRows(
  body: AsyncIterable<Uint8Array>,
  { isId, id }: { isId: IsId; id: string },
): SourceRows {
  const reader = new JsonReader(isId);
  let isSure = false;
  let count = 0;
  let held: SourceRow[] = [];
  /** Whether a file's only object may be one around an array without rows: `{"count":0,"data":[]}`. */
  const isEmptyExport = (rows: readonly SourceRow[]) =>
    count === 0 && rows.length === 1 && reader.isOfLines && !rows[0]!.names.some(isId) &&
    rows[0]!.cells.filter((cell) => cell === "[]").length === 1;
  for await (const chunk of body) {
    const read = reader.read(chunk);
    const rows = held.length > 0 ? [...held, ...read] : read;
    held = isEmptyExport(rows) ? rows : [];
    if (held.length > 0) continue;
    count += rows.length;
    isSure ||= rows.some(({ names }) => names.some(isId));
    yield rows;
  }
  const rows = [...held, ...reader.end()];
  if (isEmptyExport(rows)) return;
  count += rows.length;
  isSure ||= rows.some(({ names }) => names.some(isId));
  if (count > 0 && !isSure) {
    throw new UnreadableFile(`none of its ${count} rows has event_id or ${id}`);
  }
  yield rows;
}
