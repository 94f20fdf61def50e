import assert from "node:assert/strict";
import { CommanderError } from "commander";
import { parseGrowthOptions, varied } from "../../bench/growth_options.ts";

Deno.test("bench:growth varies everything, in full, unless it is told otherwise", () => {
  assert.deepEqual({ ...parseGrowthOptions([]) }, {
    only: varied,
    scale: 1,
    out: "reports/bench-growth.json",
    svg: "reports/growth.svg",
  });
});

Deno.test("bench:growth takes names with commas, and a part of the size", () => {
  const { only, scale } = parseGrowthOptions(["--only", "files,consumers", "--scale", "0.1"]);
  assert.deepEqual([only, scale], [["consumers", "files"], 0.1]);
});

Deno.test("bench:growth refuses what it does not know", () => {
  for (const args of [["--only", "consumers,tables"], ["--only", ""], ["--scale", "0"]]) {
    assert.throws(
      () => parseGrowthOptions(args),
      (error) => error instanceof CommanderError && error.exitCode !== 0,
      args.join(" "),
    );
  }
});
