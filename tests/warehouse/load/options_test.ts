import assert from "node:assert/strict";
import { parseEtlOptions } from "../../../warehouse/load/options.ts";

Deno.test("parseEtlOptions() has a watching loader look every 2 s, or as often as it is told", () => {
  const watch = (...args: string[]) => parseEtlOptions(args).watch;
  assert.deepEqual([watch(), watch("--watch"), watch("--watch", "0.5")], [undefined, 2, 0.5]);
});
