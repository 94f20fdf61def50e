import assert from "node:assert/strict";
import fc from "fast-check";
import { DistinctLines } from "../../../consumer/batching/distinct_lines.ts";

const unit = { permissions: "none" } as const;
const encoder = new TextEncoder();

Deno.test("DistinctLines takes each line once, in the order in which they come", unit, () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 3 }),
          fc.string({ unit: "binary", maxLength: 12 }),
          fc.nat({ max: 400 }).map((n) => `${"x".repeat(n)}é`),
        ),
        { maxLength: 900 },
      ),
      (all) => {
        const lines = new DistinctLines();
        const there = new Set<string>();
        for (const line of all.map((text) => text.toWellFormed())) {
          assert.equal(lines.add(encoder.encode(line)), !there.has(line));
          there.add(line);
        }
        assert.equal(lines.count, there.size);
        assert.deepEqual([...lines], [...there]);
        assert.equal(
          new TextDecoder("utf-8", { ignoreBOM: true }).decode(lines.text),
          [...there].map((line) => `${line}\n`).join(""),
        );
      },
    ),
  );
});

Deno.test("DistinctLines takes as much of the bytes as is the line", unit, () => {
  const lines = new DistinctLines();
  assert.ok(lines.add(encoder.encode("abXX"), 2));
  assert.ok(!lines.add(encoder.encode("abYYY"), 2));
  assert.ok(lines.add(encoder.encode("abYYY"), 3));
  assert.deepEqual([...lines], ["ab", "abY"]);
});

Deno.test("DistinctLines compares nothing with what was taken unseen", unit, () => {
  const lines = new DistinctLines();
  lines.addUnseen(encoder.encode("a"));
  assert.ok(lines.add(encoder.encode("a")));
  lines.addUnseen(encoder.encode("a"));
  assert.ok(!lines.add(encoder.encode("a")));
  assert.deepEqual([...lines], ["a", "a", "a"]);
});
