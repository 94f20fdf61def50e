import fc from "fast-check";
import assert from "node:assert/strict";
import { checkDigit, createVin } from "../../../producers/simulation/vin.ts";

const unit = { permissions: "none" } as const;

Deno.test("checkDigit() gives the digit of published VINs", unit, () => {
  for (const vin of ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715"]) {
    assert.equal(checkDigit(vin), vin[8]);
  }
});

Deno.test("checkDigit() notices each wrong digit", unit, () => {
  const vin = "1M8GDM9AXKP042788";
  for (let at = 11; at < 17; at++) {
    for (const digit of "0123456789".replace(vin[at]!, "")) {
      assert.notEqual(checkDigit(vin.slice(0, at) + digit + vin.slice(at + 1)), vin[8]);
    }
  }
});

Deno.test("createVin() makes 17 valid characters with the right check digit", unit, () => {
  const draw = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
  fc.assert(fc.property(draw, fc.integer({ min: 2010, max: 2039 }), (random, year) => {
    const pick = (max: number) => Math.floor(random.next().value! * (max + 1));
    const vin = createVin("WVW", year, pick);
    assert.match(vin, /^WVW[A-HJ-NPR-Z0-9]{5}[0-9X][A-HJ-NPR-TV-Y1-9][A-HJ-NPR-Z]\d{6}$/);
    assert.equal(checkDigit(vin), vin[8]);
  }));
});
