import assert from "node:assert/strict";
import { equalParts } from "../../bench/quix.ts";

Deno.test("equalParts() cuts into parts of about the wanted size, none of them smaller", () => {
  assert.equal(equalParts(600_000, 1_800), 1_875);
  assert.equal(equalParts(600_000, 18_000), 18_750);
  assert.equal(equalParts(600_000, 180_000), 200_000);
  assert.equal(equalParts(60_000, 180_000), 60_000);
});
