import { catalogue, envelope, topicOf, type Type, types } from "../shared/catalogue/events.ts";
import type { Kind } from "../shared/catalogue/fields.ts";
import { type Field, meanings } from "../shared/catalogue/meanings.ts";

/** The data dictionary in Markdown: a table for each type, a line for each field. */
export function dictionary(): string {
  const parts = [
    "# Data dictionary",
    "Made out of the catalogue by `deno task schema --format markdown`. Times are UTC; amounts are in one currency, which no event names.",
    "## Every event",
    fieldTable(envelope),
    ...types.flatMap(section),
  ];
  return `${parts.join("\n\n")}\n`;
}

function section(type: Type): string[] {
  const { fields, prefix, key } = catalogue[type];
  return [
    `## ${type}`,
    `Topic \`${topicOf(type)}\`, folder \`${type}/\`, ids \`${prefix}-…\`, key \`${key}\`.`,
    fieldTable(fields),
  ];
}

/** Padded as the formatter does it, so that the page is as it is written. */
function fieldTable(fields: Readonly<Record<string, Kind>>): string {
  const rows = [
    ["field", "value", "meaning"],
    ...Object.entries(fields).map(([name, kind]) => [
      `\`${name}\``,
      kind.values?.join(", ") ?? kind.expected,
      meanings[name as Field],
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), rule, ...body.map(line)].join("\n");
}
