import assert from "node:assert/strict";
import { createIds } from "../producers/ids.ts";

const unit = { permissions: "none" } as const;

Deno.test("createIds() gives a prefix and 8 upper-case hex digits", unit, () => {
  const id = createIds(0);
  for (let i = 0; i < 1_000; i++) assert.match(id("SALE"), /^SALE-[0-9A-F]{8}$/);
});

Deno.test("createIds() never gives an id twice, also past 32 bits", unit, () => {
  const id = createIds(2 ** 32 - 50_000);
  const seen = new Set(Array.from({ length: 100_000 }, () => id("X")));
  assert.equal(seen.size, 100_000);
});

Deno.test("createIds() gives the same ids from the same start", unit, () => {
  const [one, other] = [createIds(7), createIds(7)];
  assert.deepEqual([one("A"), one("B")], [other("A"), other("B")]);
});
