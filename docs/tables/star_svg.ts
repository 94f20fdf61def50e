import type { Relation, RelationColumn } from "./read_schema.ts";

/** The picture's place in the project. */
export const STAR = "docs/pictures/star-schema.svg";

const WIDTH = 172;
const GAP = 20;
const LINE = 16;
const HEAD = 26;
const MARGIN = 16;
/** From one bus to the next. */
const BUS = 14;

/** A table where it stands. */
interface Box {
  readonly table: Relation;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/**
 * The star as a picture: the dimensions above, the facts below, and for each dimension a line of a colour
 * of its own to the facts that refer to it.
 */
export function starSvg(schema: readonly Relation[]): string {
  const named = (prefix: string) => schema.filter(({ name }) => name.startsWith(prefix));
  const dims = placed(named("dim_"), 0, named("fact_").length);
  const bottom = Math.max(...dims.map(({ y, height }) => y + height));
  const buses = bottom + 2 * BUS;
  const facts = placed(named("fact_"), buses + (dims.length + 1) * BUS - MARGIN);
  const width = Math.max(...[...dims, ...facts].map(({ x }) => x + WIDTH)) + MARGIN;
  const height = Math.max(...facts.map(({ y, height }) => y + height)) + MARGIN;
  const hues = new Map(dims.map(({ table }, index) => [table.name, index]));
  const parts = [
    ...dims.map((dim, index) => busOf(dim, facts, { y: buses + index * BUS, index, dims })),
    ...dims.map((box) => boxSvg(box, hues)),
    ...facts.map((box) => boxSvg(box, hues)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>The star schema: ${facts.length} fact tables and the ${dims.length} dimensions that they refer to</title>
<style>${STYLE}${[...hues.values()].map(hueStyle).join("")}</style>
${parts.join("\n")}
</svg>
`;
}

const STYLE = `
text { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328 }
.box { fill: #ffffff; stroke: #8c959f }
.fact { fill: #eaeef2 }
.name { font-weight: bold; font-size: 12px }
path { fill: none; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .box { fill: #0d1117; stroke: #6e7681 }
  .fact { fill: #21262d }
}
`;

/** Colours that differ from each other; more dimensions than these begin again. */
const HUES = [210, 285, 355, 30, 150, 180, 250];

function hueStyle(index: number): string {
  const hue = HUES[index % HUES.length]!;
  const rules = (lightness: number) => {
    const color = `hsl(${hue} 70% ${lightness}%)`;
    return `.d${index} { stroke: ${color} } .t${index} { fill: ${color} }`;
  };
  return `${rules(38)}\n@media (prefers-color-scheme: dark) { ${rules(62)} }\n`;
}

/** Side by side; in the middle of so many places. */
function placed(tables: readonly Relation[], y: number, places = tables.length): Box[] {
  const shift = Math.max(0, places - tables.length) * (WIDTH + GAP) / 2;
  return tables.map((table, index) => ({
    table,
    x: MARGIN + shift + index * (WIDTH + GAP),
    y: MARGIN + y,
    height: HEAD + table.columns.length * LINE + 6,
  }));
}

function boxSvg({ table, x, y, height }: Box, hues: ReadonlyMap<string, number>): string {
  const own = hues.get(table.name);
  const head = own === undefined ? "" : ` t${own}`;
  const lines = table.columns.map((column, index) => {
    const hue = column.refersTo === null ? undefined : hues.get(column.refersTo);
    const mark = hue === undefined && !(column.isKey && own !== undefined)
      ? ""
      : ` class="t${hue ?? own}"`;
    return `<text x="${x + 10}" y="${y + HEAD + (index + 1) * LINE - 5}"${mark}>${
      labelOf(column)
    }</text>`;
  });
  const kind = own === undefined ? "box fact" : "box";
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${WIDTH}" height="${height}" rx="6"/>`,
    `<text class="name${head}" x="${x + 10}" y="${y + 18}">${table.name}</text>`,
    ...lines,
  ].join("\n");
}

function labelOf({ name, isKey }: RelationColumn): string {
  return isKey ? `${name} *` : name;
}

/** A dimension's line: down from it, along, and down to each fact that refers to it. */
function busOf(
  dim: Box,
  facts: readonly Box[],
  { y, index, dims }: { y: number; index: number; dims: readonly Box[] },
): string {
  // Each dimension has its own place along a box, so that no two lines lie on each other.
  const at = (box: Box) => box.x + (index + 1) * WIDTH / (dims.length + 1);
  const from = dim.x + WIDTH / 2;
  const to = facts.filter(({ table }) =>
    table.columns.some(({ refersTo }) => refersTo === dim.table.name)
  );
  const ends = [from, ...to.map(at)];
  const lines = [
    `M${from} ${dim.y + dim.height}V${y}`,
    `M${Math.min(...ends)} ${y}H${Math.max(...ends)}`,
    ...to.map((box) => `M${at(box)} ${y}V${box.y}`),
  ];
  return `<path class="d${index}" d="${lines.join("")}"/>`;
}
