/** What a page has between the marks of a block, by the block's name. */
export type Blocks = Readonly<Record<string, () => string>>;

const BLOCK = /^<!-- docs:tables (\S+) -->\n.*?^<!-- end -->$/gms;

/** A page with these of its blocks as they should be; others stay. */
export function withBlocks(page: string, blocks: Blocks): string {
  return page.replace(
    BLOCK,
    (block, name: string) =>
      blocks[name] ? `<!-- docs:tables ${name} -->\n\n${blocks[name]()}\n\n<!-- end -->` : block,
  );
}

/** The names of a page's blocks. */
export function blocksOf(page: string): string[] {
  return [...page.matchAll(BLOCK)].map(([, name]) => name!);
}

/** A table in Markdown; the formatter pads its cells. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text as code; nothing of nothing. */
export function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

/** A page as it reads: the formatter breaks lines and pads cells. */
export function asRead(page: string): string {
  return page.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ").trim();
}
