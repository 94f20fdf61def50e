/** What became of the events. */
export interface RowCheck {
  readonly files: number;
  /** Events that stand in no file. */
  readonly lost: number;
  /** Rows too many. */
  readonly repeated: number;
}

/** Where the id stands in a line of CSV, or of JSON. */
const ID = /^\{.*?"event_id":\s*"([^"]+)"|^[^,]*,([^,]+)/;

/** Counts what lies in the files, by the ids of the events. */
export function checkRows(files: readonly string[], events: number): RowCheck {
  const ids = new Set<string>();
  let rows = 0;
  for (const file of files) {
    const lines = Deno.readTextFileSync(file).split("\n").slice(file.endsWith(".csv") ? 1 : 0, -1);
    rows += lines.length;
    for (const line of lines) ids.add((ID.exec(line) ?? []).slice(1).find(Boolean)!);
  }
  return { files: files.length, lost: events - ids.size, repeated: rows - ids.size };
}
