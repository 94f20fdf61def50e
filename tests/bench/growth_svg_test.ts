import assert from "node:assert/strict";
import type { Growth } from "../../bench/growth_report.ts";
import { growthSvg } from "../../bench/growth_svg.ts";

const unit = { permissions: "none" } as const;

/** Two lines of three figures each. */
const files: Growth = {
  title: "Files < & > in the archive",
  against: "files",
  what: "seconds",
  series: ["status", 'the "page"'].map((name, index) => ({
    name,
    points: [200_000, 1_000, 10_000].map((x) => ({ x, y: (index + 1) * x ** 0.5, more: {} })),
  })),
};
const consumers: Growth = {
  title: "Consumers",
  against: "consumers",
  what: "events/s",
  series: [{ name: "", points: [{ x: 1, y: 100_000, more: {} }, { x: 2, y: 150_000, more: {} }] }],
};

Deno.test("growthSvg() is well-formed, whatever names say", unit, () => {
  assertWellFormed(growthSvg([files, consumers]));
});

Deno.test("growthSvg() has each figure, in words too", unit, () => {
  const svg = growthSvg([files, consumers]);
  for (const { against, what, series } of [files, consumers]) {
    for (const { name, points } of series) {
      for (const { x, y } of points) {
        const says = `${x.toLocaleString("en-US")} ${against}: ${
          y < 100
            ? y.toLocaleString("en-US", { maximumSignificantDigits: 3 })
            : Math.round(y).toLocaleString("en-US")
        } ${what}`;
        const title = `${name === "" ? "" : `${name.replaceAll('"', "&quot;")}, `}${says}`;
        assert.ok(svg.includes(`<title>${title}</title></circle>`), title);
      }
    }
  }
  assert.equal(svg.match(/<circle /g)!.length, 8);
  assert.deepEqual(["100K", "150K"].filter((figure) => !svg.includes(`>${figure}</text>`)), []);
});

Deno.test(
  "growthSvg() draws a power law as a straight line, through figures in the order of x",
  unit,
  () => {
    const path = /<path class="line" d="(M[^"]+L[^"]+)"/.exec(growthSvg([files]))![1]!;
    const at = path.slice(1).split("L").map((pair) => pair.split(" ").map(Number));
    const [[x0, y0], [x1, y1], [x2, y2]] = at as [number[], number[], number[]];
    assert.ok(x0! < x1! && x1! < x2!, path);
    assert.ok(Math.abs((y1! - y0!) / (x1! - x0!) - (y2! - y0!) / (x2! - x0!)) < 0.01, path);
  },
);

Deno.test("growthSvg() stays within the picture, in letters of 11 px or more", unit, () => {
  const svg = growthSvg([files, consumers, files]);
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
  let [left, top] = [0, 0];
  for (
    const [, dx, dy, x, y] of svg.matchAll(
      /translate\((\d+) (\d+)\)|c?x="([\d.]+)" c?y="([\d.]+)"/g,
    )
  ) {
    if (dx !== undefined) [left, top] = [Number(dx), Number(dy)];
    else assert.ok(left + Number(x) <= width! && top + Number(y) <= height!, `${x} ${y}`);
  }
  for (const [, px] of svg.matchAll(/(\d+)px/g)) assert.ok(Number(px) >= 11, `${px}px`);
});

Deno.test(
  "growthSvg() has colours for a dark page, and different ones for the lines of a panel",
  unit,
  () => {
    const [light, dark] = growthSvg([files]).split("@media (prefers-color-scheme: dark)");
    for (const part of [light!, dark!]) {
      const colours = [...part.matchAll(/\.s\d \{ color: (#\w+) \}/g)].map(([, colour]) => colour);
      assert.equal(new Set(colours).size, 4);
    }
  },
);

Deno.test("growthSvg() draws one figure, and leaves out what has none", unit, () => {
  const one = { ...consumers, series: [{ name: "", points: [{ x: 1, y: 5, more: {} }] }] };
  const svg = growthSvg([one, {
    ...consumers,
    title: "Nothing",
    series: [{ name: "", points: [] }],
  }]);
  assertWellFormed(svg);
  assert.doesNotMatch(svg, /NaN|Infinity|Nothing/);
});

/** Elements are closed in order, attributes quoted, and no character of markup stands in a text. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const ATTRIBUTE = /\s+[\w:-]+="(?:[^"<&]|&(?:amp|lt|quot);)*"/g;
  const rest = svg.replace(/<(\/?)(\w+)([^<>]*?)(\/?)>/g, (tag, end, name, attributes, empty) => {
    assert.equal(attributes.replace(ATTRIBUTE, ""), "", tag);
    if (end) assert.equal(open.pop(), name, tag);
    else if (!empty) open.push(name);
    assert.ok(open.length > 0 || tag === "</svg>", `${tag} is outside of the root`);
    return "";
  });
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /<|&(?!(?:amp|lt|quot);)/);
}
