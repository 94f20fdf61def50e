import fc from "fast-check";
import assert from "node:assert/strict";
import { formatId, numberOf } from "../../../producers/simulation/ids.ts";

const unit = { permissions: "none" } as const;

Deno.test("formatId() gives a prefix and 8 upper-case hex digits", unit, () => {
  for (let i = 0; i < 1_000; i++) assert.match(formatId("SALE", i), /^SALE-[0-9A-F]{8}$/);
});

Deno.test("formatId() gives different numbers different digits, also past 32 bits", unit, () => {
  const start = 2 ** 32 - 50_000;
  const seen = new Set(Array.from({ length: 100_000 }, (_, i) => formatId("X", start + i)));
  assert.equal(seen.size, 100_000);
});

Deno.test("numberOf() gives the number back, and undefined for what is no such id", unit, () => {
  fc.assert(fc.property(fc.nat(0xffff_ffff), (number) => {
    assert.equal(numberOf(formatId("SALE", number)), number);
  }));
  for (const text of ["", "SALE", "SALE-12345", "SALE-1234567G", "12345678"]) {
    assert.equal(numberOf(text), undefined);
  }
});
