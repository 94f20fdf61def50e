import assert from "node:assert/strict";
import { isExact, tallyOf, tallyText } from "./torture/tally.ts";

const unit = { permissions: "none" } as const;
const out = {
  good: new Set(["a", "b"]),
  bad: new Set(["x"]),
  rows: new Map([["a", 1], ["b", 1]]),
  deadLetters: new Set(["x"]),
  files: 1,
  reused: [],
};

Deno.test(
  "tallyOf() is exact when every good event is in one file and every bad one a dead letter",
  unit,
  () => {
    const tally = tallyOf(out);
    assert.ok(isExact(tally));
    assert.deepEqual([tally.published, tally.landed, tally.deadLetters], [3, 2, 1]);
  },
);

Deno.test("tallyOf() tells what is lost, repeated, wrongly landed and overwritten", unit, () => {
  const cases: [Partial<typeof out> & { reused?: never[] | string[] }, string, string[]][] = [
    [{ rows: new Map([["a", 1]]) }, "lost", ["b"]],
    [{ deadLetters: new Set() }, "lost", ["x"]],
    [{ rows: new Map([["a", 1], ["b", 2]]) }, "repeated", ["b"]],
    [{ rows: new Map([["a", 1], ["b", 1], ["x", 1]]) }, "repeated", ["x"]],
    [{ reused: ["k"] as never[] }, "overwritten", ["k"]],
  ];
  for (const [change, field, expected] of cases) {
    const tally = tallyOf({ ...out, ...change });
    assert.deepEqual(tally[field as "lost"], expected);
    assert.ok(!isExact(tally));
  }
});

Deno.test("tallyText() counts each fault and all of them", unit, () => {
  const lines = tallyText(tallyOf(out), new Map([["SIGKILL", 3], ["S3 killed", 2]]));
  assert.match(lines.join("\n"), /SIGKILL +3\n +all +5$/);
});
