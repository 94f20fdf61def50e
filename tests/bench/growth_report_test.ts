import assert from "node:assert/strict";
import {
  type Growth,
  growthMarkdown,
  growthReport,
  shortNumber,
} from "../../bench/growth_report.ts";

const growth: Growth = {
  title: "Bytes an event",
  against: "bytes",
  what: "events/s",
  series: [
    {
      name: "all fields",
      points: [
        { x: 400, y: 160_123.4, more: { "MB/s": 64.05 } },
        { x: 2_000, y: 32_024.68, more: { "MB/s": 64.05 } },
      ],
    },
    { name: "few fields", points: [{ x: 200, y: 80_000, more: { "MB/s": 16 } }] },
  ],
};
const machine = { processors: 2, memoryGiB: 24 };
const unit = { permissions: "none" } as const;

Deno.test("growthReport() has the laws of the figures", unit, () => {
  const { command, growths } = growthReport([growth], { args: ["--scale", "0.1"], machine });
  assert.equal(command, "deno task bench:growth --scale 0.1");
  assert.deepEqual(growths[0]!.laws, [
    "all fields: events/s fall in inverse proportion to the bytes (exponent −1.00: ×0.50 for twice the bytes).",
    "few fields: events/s were measured with one number of bytes: that shows no law.",
  ]);
});

Deno.test("growthMarkdown() has a table of the figures, then the laws", unit, () => {
  const report = growthReport([growth], { args: [], machine });
  const [head, title, table, laws] = growthMarkdown(report).split("\n\n");
  assert.match(head!, /^\d{4}-\d\d-\d\d, `deno task bench:growth`, 2 processors, 24 GiB\.$/);
  assert.equal(title, "### Bytes an event");
  assert.deepEqual(table!.split("\n"), [
    "|  | bytes | events/s | MB/s |",
    "| --- | --: | --: | --: |",
    "| all fields | 400 | 160,123 | 64.1 |",
    "| all fields | 2,000 | 32,025 | 64.1 |",
    "| few fields | 200 | 80,000 | 16 |",
  ]);
  assert.deepEqual(laws!.split("\n"), report.growths[0]!.laws.map((law) => `- ${law}`));
});

Deno.test("growthMarkdown() names no series where there is one", unit, () => {
  const one = { ...growth, series: [{ ...growth.series[0]!, name: "" }] };
  assert.match(
    growthMarkdown(growthReport([one], { args: [], machine })),
    /^\| bytes \| events\/s \|/m,
  );
});

Deno.test(
  "shortNumber() keeps three digits, and all before the point",
  { permissions: "none" },
  () => {
    assert.deepEqual([0, 0.01234, 5.5, 99.96, 100.6, 123_456.7].map(shortNumber), [
      ...["0", "0.0123", "5.5", "100", "101", "123,457"],
    ]);
  },
);
