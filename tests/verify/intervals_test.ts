import fc from "fast-check";
import assert from "node:assert/strict";
import { Findings } from "../../verify/findings.ts";
import { Intervals } from "../../verify/intervals.ts";

const unit = { permissions: "none" } as const;
const range = fc.tuple(fc.nat(40), fc.nat(8)).map(([from, size]) => ({ from, to: from + size }));

Deno.test(
  "Intervals is the set of the offsets that were added, in as few ranges as can be",
  unit,
  () => {
    fc.assert(fc.property(fc.array(range, { maxLength: 15 }), range, (added, asked) => {
      const intervals = new Intervals();
      const offsets = new Set<number>();
      for (const { from, to } of added) {
        const twice = intervals.add({ from, to }).reduce(
          (sum, part) => sum + part.to - part.from,
          0,
        );
        let known = 0;
        for (let offset = from; offset < to; offset++) {
          if (offsets.has(offset)) known++;
          offsets.add(offset);
        }
        assert.equal(twice, known);
      }
      const starts = [...offsets].filter((offset) => !offsets.has(offset - 1));
      assert.equal(intervals.size, starts.length);
      const gaps = [...intervals.gaps(asked)];
      let inside = 0;
      for (let offset = asked.from; offset < asked.to; offset++) {
        const isGap = gaps.some(({ from, to }) => from <= offset && offset < to);
        assert.equal(isGap, !offsets.has(offset), `${offset}`);
        if (offsets.has(offset)) inside++;
      }
      assert.equal(intervals.count(asked), inside);
    }));
  },
);

Deno.test("Findings keeps the first lines, and counts all", unit, () => {
  const findings = new Findings();
  for (let n = 0; n < 250; n++) findings.add(`line ${n}`);
  assert.equal(findings.count, 250);
  assert.deepEqual(findings.lines.slice(198), ["line 198", "line 199", "… and 50 more"]);
  const all = new Findings();
  all.add("first");
  all.addAll(findings, new Findings());
  assert.equal(all.count, 251);
  assert.deepEqual(all.lines.slice(199), ["line 198", "… and 51 more"]);
});
