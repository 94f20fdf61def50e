import fc from "fast-check";
import assert from "node:assert/strict";
import {
  accountedIn,
  type Claim,
  Coverage,
  overlapsOf,
  type Window,
} from "../../verify/coverage.ts";

const unit = { permissions: "none" } as const;

/** A claim whose offsets are all rows, unless something else is said. */
function claim(from: number, to: number, changes: Partial<Claim> = {}): Claim {
  const nothing = { repeats: 0, deadLetters: 0, tombstones: 0 };
  return { file: `${from}.csv`, partition: 2, from, to, rows: to - from, ...nothing, ...changes };
}

/** A partition that is committed up to an offset, with some more to come. */
function upTo(committed: number, changes: Partial<Window> = {}): Window {
  const end = committed + 5;
  return { partition: 2, low: 0, committed, stable: end, high: end, ...changes };
}

/** What the claims leave, as the proof finds it: those that count, one by one, then those of a place twice. */
function cover(window: Window, claims: readonly Claim[]) {
  const coverage = new Coverage(window);
  for (const claim of claims) if (coverage.counts(claim)) coverage.add(claim);
  return {
    start: coverage.start,
    holes: [...coverage.holes()],
    overlaps: overlapsOf(claims.filter((claim) => coverage.isTwice(claim))),
    size: coverage.size,
    sums: coverage.sums,
  };
}

/** Offsets that no file claims. */
function hole(from: number, to: number) {
  return { from, to };
}

function overlap(from: number, to: number, ...files: [string, string]) {
  return { partition: 2, from, to, files };
}

/** What is wrong with a coverage. */
function faults({ holes, overlaps }: ReturnType<typeof cover>) {
  return { holes, overlaps };
}

const none = { holes: [], overlaps: [] };

Deno.test(
  "Coverage finds nothing wrong where claims meet, in whatever order they come",
  unit,
  () => {
    const claims = [claim(7, 10), claim(0, 3), claim(3, 7)];
    const coverage = cover(upTo(10), claims);
    assert.deepEqual(faults(coverage), none);
    assert.equal(coverage.start, 0);
    assert.equal(coverage.sums.rows, 10);
    assert.equal(coverage.size, 1, "all of them are held as one range");
  },
);

Deno.test("Coverage has nothing to account for where nothing is committed", unit, () => {
  assert.deepEqual(faults(cover(upTo(0), [])), none);
  // Landed, but not committed yet: a consumer is at it.
  const landed = cover(upTo(0), [claim(0, 3)]);
  assert.deepEqual([faults(landed), landed.start, landed.sums.rows], [none, 0, 0]);
});

Deno.test("Coverage finds a hole at the start, in the middle and at the end", unit, () => {
  const holes = (...claims: Claim[]) => cover(upTo(10), claims).holes;
  assert.deepEqual(holes(claim(4, 10)), [hole(0, 4)]);
  assert.deepEqual(holes(claim(0, 4), claim(5, 10)), [hole(4, 5)]);
  assert.deepEqual(holes(claim(0, 8)), [hole(8, 10)]);
  assert.deepEqual(holes(claim(1, 2), claim(4, 5)), [hole(0, 1), hole(2, 4), hole(5, 10)]);
  assert.deepEqual(holes(), [hole(0, 10)]);
});

Deno.test("Coverage finds offsets that two files claim, and names both", unit, () => {
  const overlaps = (...claims: Claim[]) => {
    const { holes, overlaps } = cover(upTo(10), claims);
    assert.deepEqual(holes, []);
    return overlaps;
  };
  assert.deepEqual(overlaps(claim(4, 10), claim(0, 6)), [overlap(4, 6, "0.csv", "4.csv")]);
  assert.deepEqual(
    overlaps(claim(0, 10), claim(0, 10, { file: "copy.csv" })),
    [overlap(0, 10, "0.csv", "copy.csv")],
  );
  // Whichever was asked first, the proof says the same.
  assert.deepEqual(
    overlaps(claim(0, 10, { file: "b.csv" }), claim(0, 10, { file: "a.csv" })),
    [overlap(0, 10, "a.csv", "b.csv")],
  );
  // What lies within a file is in that one, whatever else lies there too.
  assert.deepEqual(
    overlaps(claim(0, 10), claim(2, 4), claim(5, 6)),
    [overlap(2, 4, "0.csv", "2.csv"), overlap(5, 6, "0.csv", "5.csv")],
  );
});

Deno.test("Coverage finds holes and overlaps beside each other", unit, () => {
  assert.deepEqual(faults(cover(upTo(20), [claim(2, 8), claim(6, 12), claim(15, 20)])), {
    holes: [hole(0, 2), hole(12, 15)],
    overlaps: [overlap(6, 8, "2.csv", "6.csv")],
  });
});

Deno.test("Coverage leaves out what has landed beyond the committed offset", unit, () => {
  const coverage = cover(upTo(10), [claim(0, 10), claim(10, 14), claim(12, 16)]);
  assert.deepEqual([faults(coverage), coverage.sums.rows], [none, 10]);
  assert.deepEqual(cover(upTo(10), [claim(0, 8), claim(10, 14)]).holes, [hole(8, 10)]);
});

Deno.test("Coverage begins with the log, or with the first claim where that is older", unit, () => {
  // The group was made when Kafka had deleted the first 100.
  const late = cover(upTo(110, { low: 100 }), [claim(100, 110)]);
  assert.deepEqual([late.start, late.holes], [100, []]);
  // Kafka deleted them after they had landed.
  const deleted = cover(upTo(110, { low: 105 }), [claim(40, 60), claim(60, 110)]);
  assert.deepEqual([deleted.start, deleted.holes], [40, []]);
  // The first of them are missing, as far as anybody can tell.
  const hidden = cover(upTo(110, { low: 100 }), [claim(104, 110)]);
  assert.deepEqual([hidden.start, hidden.holes], [100, [hole(100, 104)]]);
});

Deno.test("Coverage counts nothing where Kafka deleted what the group never read", unit, () => {
  const { start, holes } = cover(upTo(10, { low: 30, high: 40 }), []);
  assert.deepEqual([start, holes], [10, []]);
});

Deno.test(
  "a million files that follow each other are held as one range, in whatever order",
  unit,
  () => {
    const coverage = new Coverage(upTo(3_000_000));
    const files = 1_000_000;
    let most = 0;
    // Two consumers, of which one is far ahead.
    for (let n = 0; n < files / 2; n++) {
      for (const at of [n, files / 2 + n]) coverage.add(claim(at * 3, at * 3 + 3));
      most = Math.max(most, coverage.size);
    }
    assert.deepEqual([most, coverage.size, coverage.sums.rows], [2, 1, 3_000_000]);
  },
);

Deno.test("accountedIn() tells a file that accounts for less than it spans", unit, () => {
  const short = claim(3, 10, { rows: 2, repeats: 1, deadLetters: 1, tombstones: 1 });
  assert.equal(accountedIn(short), 5);
  assert.equal(accountedIn({ ...short, rows: 4 }), 7);
});

/** An interval that some claims divide: its start and end, and the claims. */
const divided = fc.record({
  start: fc.nat(1_000),
  sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }),
}).map(({ start, sizes }) => {
  let end = start;
  const claims = sizes.map((size) => claim(end, end += size));
  return { start, end, claims };
});
const any = fc.nat();

Deno.test("Coverage finds just the claim that is missing", unit, () => {
  fc.assert(fc.property(divided, any, ({ start, end, claims }, n) => {
    const window = upTo(end, { low: start });
    assert.deepEqual(faults(cover(window, claims)), none);
    const { from, to } = claims[n % claims.length]!;
    const rest = claims.toSpliced(n % claims.length, 1);
    assert.deepEqual(faults(cover(window, rest)), { holes: [hole(from, to)], overlaps: [] });
  }));
});

Deno.test("Coverage finds just the claim that is made twice", unit, () => {
  fc.assert(fc.property(divided, any, any, ({ start, end, claims }, n, at) => {
    const { from, to, file } = claims[n % claims.length]!;
    const copy = claim(from, to, { file: "copy.csv" });
    const { holes, overlaps } = cover(
      upTo(end, { low: start }),
      claims.toSpliced(at % (claims.length + 1), 0, copy),
    );
    assert.deepEqual(holes, []);
    assert.deepEqual(
      overlaps.map(({ files, ...place }) => ({ ...place, files: files.toSorted() })),
      [{ partition: 2, from, to, files: [file, "copy.csv"].toSorted() }],
    );
  }));
});

Deno.test("Coverage finds just the hole and the overlap that a shifted claim makes", unit, () => {
  fc.assert(fc.property(divided, any, fc.integer({ min: 1, max: 60 }), (whole, n, wanted) => {
    const { start, end, claims } = whole;
    const index = n % claims.length;
    const { from, to, file } = claims[index]!;
    const next = claims[index + 1];
    // Not beyond the next claim: there would be others in the overlap.
    const by = next ? Math.min(wanted, next.to - next.from) : wanted;
    const { holes, overlaps } = cover(
      upTo(end, { low: start }),
      claims.with(index, claim(from + by, to + by, { file })),
    );
    assert.deepEqual(holes, [hole(from, Math.min(to, from + by))]);
    assert.deepEqual(
      overlaps.map(({ from, to, files }) => [from, to, ...files.toSorted()]),
      next ? [[Math.max(to, from + by), to + by, ...[file, next.file].toSorted()]] : [],
    );
  }));
});

Deno.test(
  "Coverage finds every offset that no file has, and every one that several have",
  unit,
  () => {
    const span = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }));
    const spans = fc.array(span, { maxLength: 12 });
    fc.assert(fc.property(spans, fc.nat(40), fc.nat(40), (spans, low, committed) => {
      const claims = spans.map(([from, size], i) => claim(from, from + size, { file: `${i}.csv` }));
      const coverage = cover(upTo(committed, { low }), claims);
      const counted = claims.filter(({ from }) => from < committed);
      const start = Math.min(low, committed, ...counted.map(({ from }) => from));
      assert.equal(coverage.start, start);
      const times = (offset: number) =>
        counted.filter(({ from, to }) => from <= offset && offset < to).length;
      const within = (ranges: readonly { from: number; to: number }[], offset: number) =>
        ranges.filter(({ from, to }) => from <= offset && offset < to).length;
      for (let offset = 0; offset < 60; offset++) {
        const isMissing = offset >= start && offset < committed && times(offset) === 0;
        assert.equal(within(coverage.holes, offset), isMissing ? 1 : 0, `hole at ${offset}`);
        assert.equal(
          within(coverage.overlaps, offset) > 0,
          times(offset) > 1,
          `twice at ${offset}`,
        );
      }
      for (const { from, to, files } of coverage.overlaps) {
        for (const name of files) {
          const { from: first, to: last } = claims.find(({ file }) => file === name)!;
          assert.ok(first <= from && to <= last, `${name} does not have ${from} to ${to}`);
        }
      }
    }));
  },
);
