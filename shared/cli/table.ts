/** A cell: numbers get thousands separators, unknown values a dash. */
export type Cell = string | number | undefined;

/**
 * Rows as a table of text, indented by two spaces; the first row is the header. Columns without
 * text are aligned to the right.
 */
export function table(rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => row.map(format));
  const widths = texts[0]!.map((_, i) => Math.max(...texts.map((row) => row[i]!.length)));
  const rightAligned = widths.map((_, i) =>
    rows.length > 1 && rows.slice(1).every((row) => typeof row[i] !== "string")
  );
  return texts.map((row) =>
    `  ${
      row.map((text, i) => rightAligned[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))
        .join("  ")
    }`.trimEnd()
  );
}

function format(cell: Cell): string {
  return typeof cell === "number" ? cell.toLocaleString("en-US") : cell ?? "–";
}
