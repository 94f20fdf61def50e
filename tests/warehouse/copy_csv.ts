import assert from "node:assert/strict";

/**
 * Reads CSV as PostgreSQL's COPY … (FORMAT csv) does: a quote opens and closes anywhere in a field,
 * is doubled inside quotes, and an unquoted empty field is NULL. Unquoted \r and \n end a line, and
 * lines must all end alike.
 *
 * Source: CopyReadAttributesCSV and CopyReadLineText in PostgreSQL's copyfromparse.c.
 */
export function copyCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let field = "";
  let quoted = false;
  let inQuotes = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (inQuotes) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') field += text[++i];
      else inQuotes = false;
    } else if (char === '"') {
      inQuotes = quoted = true;
    } else if (char === "," || char === "\n") {
      row.push(field === "" && !quoted ? null : field);
      field = "";
      quoted = false;
      if (char === "\n") {
        rows.push(row);
        row = [];
      }
    } else {
      assert.notEqual(char, "\r", "unquoted carriage return found in data");
      field += char;
    }
  }
  assert.ok(!inQuotes, "unterminated CSV quoted field");
  assert.deepEqual([row, field], [[], ""], "the last line is not ended");
  return rows;
}
