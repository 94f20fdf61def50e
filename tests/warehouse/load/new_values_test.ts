import assert from "node:assert/strict";
import { NewValues } from "../../../warehouse/load/new_values.ts";

const unit = { permissions: "none" } as const;
const fleet = { field: "sale_channel", value: "Fleet", facts: 3 };

Deno.test(
  "NewValues tells of a field when it has got further values, the most frequent first",
  unit,
  () => {
    const values = new NewValues();
    assert.deepEqual(values.tell(), []);
    values.add([fleet, { ...fleet, value: "Dealer", facts: 4 }]);
    assert.deepEqual(values.tell(), [
      "2 new values of sale_channel: Dealer (4), Fleet (3) (see warehouse.new_values)",
    ]);
    values.add([fleet]);
    assert.deepEqual(values.tell(), []);
    values.add([{ ...fleet, field: "outcome", value: "Sold" }]);
    assert.deepEqual(values.tell(), [
      "1 new value of outcome: Sold (3) (see warehouse.new_values)",
    ]);
    values.add([{ ...fleet, value: "Fax", facts: 1 }]);
    assert.deepEqual(values.tell(), [
      "3 new values of sale_channel: Fleet (6), Dealer (4), Fax (1) (see warehouse.new_values)",
    ]);
  },
);

Deno.test("NewValues tells the same whichever file was loaded first", unit, () => {
  const found = ["Fleet", "Dealer"].flatMap((value) =>
    ["sale_channel", "outcome"].map((field) => ({ field, value, facts: 2 }))
  );
  const told = [found, found.toReversed()].map((values) => {
    const counted = new NewValues();
    for (const value of values) counted.add([value]);
    return counted.tell();
  });
  assert.deepEqual(told[0], told[1]);
  assert.deepEqual(told[0], [
    "2 new values of outcome: Dealer (2), Fleet (2) (see warehouse.new_values)",
    "2 new values of sale_channel: Dealer (2), Fleet (2) (see warehouse.new_values)",
  ]);
});

Deno.test("NewValues names a few of many, short and printable", unit, () => {
  const values = new NewValues();
  const words = ["\x1b[2J", "x".repeat(99), ...Array.from({ length: 20_000 }, (_, n) => `w${n}`)];
  values.add(words.map((value, n) => ({ ...fleet, value, facts: 3 - Math.min(n, 2) })));
  const [line] = values.tell();
  assert.equal(
    line,
    `10000 new values of sale_channel: \\u001b[2J (3), ${
      "x".repeat(60)
    }… (2), w0 (1), w1 (1), w10 (1) and 9995 more (see warehouse.new_values)`,
  );
});
