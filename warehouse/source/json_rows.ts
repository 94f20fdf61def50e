import { UnreadableFile } from "./unreadable_file.ts";
import { JsonReader } from "./json_reader.ts";
import type { IsId, SourceRows } from "./source_row.ts";

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
  for await (const chunk of body) {
    const rows = reader.read(chunk);
    count += rows.length;
    isSure ||= rows.some(({ names }) => names.some(isId));
    yield rows;
  }
  const rows = reader.end();
  count += rows.length;
  isSure ||= rows.some(({ names }) => names.some(isId));
  if (count > 0 && !isSure) {
    throw new UnreadableFile(`none of its ${count} rows has event_id or ${id}`);
  }
  yield rows;
}
