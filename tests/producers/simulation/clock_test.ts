import fc from "fast-check";
import assert from "node:assert/strict";
import { formatMicroseconds, nowMicroseconds } from "../../../producers/simulation/clock.ts";
import { timestamp } from "../../../shared/catalogue/fields.ts";

const unit = { permissions: "none" } as const;

Deno.test("formatMicroseconds() keeps every microsecond", unit, () => {
  const at = Date.UTC(2026, 1, 26, 10, 30, 45, 123) * 1_000;
  assert.equal(formatMicroseconds(at + 456), "2026-02-26T10:30:45.123456");
  assert.equal(formatMicroseconds(at + 7), "2026-02-26T10:30:45.123007");
});

Deno.test(
  "formatMicroseconds() keeps the order of times, in whichever order they come",
  unit,
  () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000_000 });
    fc.assert(fc.property(time, fc.nat(3_000_000), (one, further) => {
      const texts = [one + further, one, one + further].map(formatMicroseconds);
      assert.equal(texts[0], texts[2]);
      assert.equal(texts[1]! < texts[0]!, further > 0);
      assert.equal(timestamp.encode(texts[0]), texts[0]);
    }));
  },
);

Deno.test("nowMicroseconds() is now", unit, () => {
  const before = Date.now();
  const now = nowMicroseconds() / 1_000;
  assert.ok(before <= now && now < Date.now() + 1);
});
