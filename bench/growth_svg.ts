import { type Growth, type Series, shortNumber } from "./growth_report.ts";

const COLUMNS = 2;
/** A panel, and within it the part that is drawn on. */
const [WIDTH, HEAD, PLOT, FOOT, LINE] = [470, 34, 180, 44, 16];
const [LEFT, RIGHT] = [58, 34];
/** A marker's radius; lines of a panel differ in colour, and in dashes for those who see none. */
const RADIUS = 4;
const DASHES = ["", "6 3", "2 3", "9 3 2 3"];
/** Between ticks of an axis there is at least so much, in decades. */
const DECADE = [1, 2, 5];

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: bold; font-size: 14px }
.axis { fill: #59636e; font-size: 11px }
.grid { stroke: #d1d9e0; fill: none }
.line { fill: none; stroke-width: 2 }
.s0 { color: #0969da } .s1 { color: #bc4c00 } .s2 { color: #1a7f37 } .s3 { color: #8250df }
.line { stroke: currentColor }
.point { fill: currentColor }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .axis { fill: #9198a1 }
  .grid { stroke: #3d444d }
  .s0 { color: #58a6ff } .s1 { color: #f0883e } .s2 { color: #3fb950 } .s3 { color: #bc8cff }
}
`;

/**
 * Growths as a picture: a panel for each, both axes logarithmic, so that a power law is a straight
 * line and its slope the exponent.
 *
 * @param growths their figures are above 0
 */
export function growthSvg(growths: readonly Growth[]): string {
  const drawn = growths.filter(({ series }) => series.some(({ points }) => points.length > 0));
  const heights: number[] = [];
  drawn.forEach((growth, index) => {
    const row = Math.floor(index / COLUMNS);
    heights[row] = Math.max(heights[row] ?? 0, HEAD + PLOT + FOOT + legendOf(growth).length * LINE);
  });
  const panels = drawn.map((growth, index) => {
    const y = heights.slice(0, Math.floor(index / COLUMNS)).reduce(
      (sum, height) => sum + height,
      0,
    );
    return `<g transform="translate(${(index % COLUMNS) * WIDTH} ${y})">\n${panel(growth)}\n</g>`;
  });
  const width = Math.min(COLUMNS, Math.max(1, drawn.length)) * WIDTH;
  const height = heights.reduce((sum, height) => sum + height, 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>What grows with what: ${escape(drawn.map(({ title }) => title).join("; "))}</title>
<style>${STYLE}</style>
${panels.join("\n")}
</svg>
`;
}

function panel(growth: Growth): string {
  const all = growth.series.flatMap(({ points }) => points);
  const x = scale(all.map((one) => one.x), LEFT, WIDTH - RIGHT);
  const y = scale(all.map((one) => one.y), HEAD + PLOT, HEAD);
  const sizes = [...new Set(all.map((one) => one.x))];
  const bottom = HEAD + PLOT;
  return [
    `<text class="title" x="${LEFT}" y="20">${escape(growth.title)}</text>`,
    ...ticksOf(all.map((one) => one.y)).map((value) =>
      `<path class="grid" d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}"/>` +
      `<text class="axis" x="${LEFT - 8}" y="${round(y(value) + 4)}" text-anchor="end">${
        compact(value)
      }</text>`
    ),
    ...sizes.map((value) =>
      `<path class="grid" d="M${x(value)} ${HEAD}V${bottom}"/>` +
      `<text class="axis" x="${x(value)}" y="${bottom + 16}" text-anchor="middle">${
        compact(value)
      }</text>`
    ),
    ...growth.series.map((series, index) => drawSeries(growth, series, { index, x, y })),
    `<text class="axis" x="${LEFT}" y="${bottom + 32}">${
      escape(`${growth.what} against ${growth.against}, both axes logarithmic`)
    }</text>`,
    ...legendOf(growth).map((name, index) => {
      const at = bottom + FOOT + 4 + index * LINE;
      return `<g class="s${index}"><path class="line" d="M${LEFT} ${at}h28"${dash(index)}/>` +
        `<text x="${LEFT + 36}" y="${at + 4}">${escape(name)}</text></g>`;
    }),
  ].join("\n");
}

function drawSeries(
  { what, against, series }: Growth,
  { name, points }: Series,
  { index, x, y }: { index: number; x: Scale; y: Scale },
): string {
  const sorted = points.toSorted((a, b) => a.x - b.x);
  const path = sorted.map((one, at) => `${at === 0 ? "M" : "L"}${x(one.x)} ${y(one.y)}`).join("");
  const circles = sorted.map((one) => {
    const says = `${name === "" ? "" : `${name}, `}${shortNumber(one.x)} ${against}: ${
      shortNumber(one.y)
    } ${what}`;
    return `<circle class="point" cx="${x(one.x)}" cy="${y(one.y)}" r="${RADIUS}"><title>${
      escape(says)
    }</title></circle>`;
  });
  // Those of several lines would stand on each other.
  const figures = series.length > 1
    ? []
    : sorted.map((one) =>
      `<text x="${x(one.x)}" y="${round(y(one.y) - 10)}" text-anchor="middle">${
        compact(one.y)
      }</text>`
    );
  return `<g class="s${index}"><path class="line" d="${path}"${dash(index)}/>${
    [...circles, ...figures].join("")
  }</g>`;
}

/** Which line is whose: nothing where there is one line, whose panel is titled. */
function legendOf({ series }: Growth): string[] {
  return series.map(({ name }) => name).filter((name) => name !== "");
}

function dash(index: number): string {
  const dashes = DASHES[index % DASHES.length];
  return dashes ? ` stroke-dasharray="${dashes}"` : "";
}

/** From a figure to its place, in px. */
type Scale = (value: number) => number;

function scale(values: readonly number[], from: number, to: number): Scale {
  const [least, most] = rangeOf(values);
  const span = Math.log(most / least);
  return (value) => round(from + (to - from) * Math.log(value / least) / span);
}

/** From below the least figure to above the greatest. */
function rangeOf(values: readonly number[]): [number, number] {
  return [Math.min(...values) / 1.5, Math.max(...values) * 1.5];
}

/** Round numbers in the range of the figures; of several decades only their powers of ten. */
function ticksOf(values: readonly number[]): number[] {
  const [least, most] = rangeOf(values);
  const digits = most / least > 100 ? [1] : DECADE;
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++) {
    ticks.push(...digits.map((digit) => Number(`${digit}e${power}`)));
  }
  return ticks.filter((value) => value >= least && value <= most);
}

function compact(value: number): string {
  return value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
