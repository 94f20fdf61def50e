/** A query and its answer, as a page shows them. */
export interface Block {
  readonly view: string;
  readonly sql: string;
  /** The names of the answer's columns. */
  readonly columns: readonly string[];
}

/** The marked blocks of a page. */
const BLOCK = /<!-- answer: (\w+) -->\n[^]*?<!-- end -->/g;
const RULE = /^[- ]+$/m;

/** Puts answers into the blocks of a page, by view. */
export function fillBlocks(page: string, answers: ReadonlyMap<string, string>): string {
  return page.replace(BLOCK, (block, view: string) => {
    const answer = answers.get(view);
    return answer === undefined ? block : `<!-- answer: ${view} -->\n\n${answer}\n\n<!-- end -->`;
  });
}

/** Writes a query, and its answer as psql shows it: columns of numbers are aligned to the right. */
export function showAnswer(
  asks: string,
  sql: string,
  { columns, rows }: { columns: readonly string[]; rows: readonly (readonly (string | null)[])[] },
): string {
  const cells = rows.map((row) => row.map((value) => value ?? ""));
  const widths = columns.map((name, i) =>
    Math.max(name.length, ...cells.map((row) => row[i]!.length))
  );
  const isNumber = columns.map((_, i) =>
    cells.some((row) => row[i] !== "") && cells.every((row) => /^-?[\d.]*$/.test(row[i]!))
  );
  const line = (row: readonly string[]) =>
    row.map((text, i) => isNumber[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))
      .join("  ").trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const answer = [line(columns), rule, ...cells.map(line), ...rows.length === 0 ? ["(none)"] : []];
  return `${asks}\n\n\`\`\`sql\n${sql};\n\`\`\`\n\n\`\`\`text\n${answer.join("\n")}\n\`\`\``;
}

/** Reads what the blocks of a page show. */
export function readBlocks(page: string): Block[] {
  return [...page.matchAll(BLOCK)].map(([block, view]) => {
    const sql = /```sql\n([^]*?);\n```/.exec(block)?.[1] ?? "";
    const answer = /```text\n([^]*?)\n```/.exec(block)?.[1] ?? "";
    const header = RULE.test(answer) ? answer.split("\n")[0]! : "";
    return { view: view!, sql, columns: header.trim().split(/ +/) };
  });
}
