import assert from "node:assert/strict";
import fc from "fast-check";
import { Batch, type Cut } from "../../../consumer/batching/batch.ts";
import type { Decoded } from "../../../consumer/batching/decode.ts";
import { columnsOf } from "../../../shared/catalogue/events.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;
const HEADER = columnsOf("sales").join(",");
const tombstone: Decoded = { kind: "tombstone" };
const deadLetter: Decoded = { kind: "dead letter", reason: "no JSON" };

Deno.test("Batch is due when it holds the policy's rows", unit, () => {
  const batch = open({ rows: 2 });
  batch.add(0, 0, 0, row("a"));
  assert.equal(batch.due(0), undefined);
  batch.add(0, 0, 1, row("b"));
  assert.equal(batch.due(0), "rows");
});

Deno.test("Batch does not count repeats, dead letters and tombstones as rows", unit, () => {
  const batch = open({ rows: 2 });
  for (const message of [row("a"), row("a"), deadLetter, tombstone]) batch.add(0, 0, 0, message);
  assert.equal(batch.rows, 1);
  assert.equal(batch.due(0), undefined);
});

Deno.test("Batch is due when it is as old as the policy's age, with or without rows", unit, () => {
  for (const message of [row("a"), tombstone, deadLetter]) {
    const batch = new Batch("sales", 5_000, { rows: 100, age: 300 });
    batch.add(0, 0, 0, message);
    assert.equal(batch.due(5_299), undefined);
    assert.equal(batch.due(5_300), "age");
  }
});

Deno.test("Batch is due before its columns are more than PostgreSQL's 1,600", unit, () => {
  const batch = open({});
  let offset = 0;
  while (!batch.due(0)) {
    const fields = Array.from({ length: 200 }, (_, i) => [`x${offset}_${i}`, "1"] as const);
    batch.add(0, 0, offset, row(`a${offset}`, Object.fromEntries(fields)));
    offset++;
  }
  assert.equal(batch.due(0), "room");
  assert.equal(offset, 5);
  const [header] = text(batch.cut("room", 0)).split("\n");
  assert.ok(header!.split(",").length < 1_600);
});

Deno.test("Batch is due when the ranges of its partitions fill the object's metadata", unit, () => {
  const batch = open({});
  for (let partition = 0; partition < 23; partition++) {
    batch.add(partition, 0, 0, row(`${partition}`));
  }
  assert.equal(batch.due(0), undefined);
  batch.add(23, 0, 0, tombstone);
  assert.equal(batch.due(0), "room");
});

Deno.test(
  "Batch drops and counts events that it holds already, also of another partition",
  unit,
  () => {
    const batch = open({});
    assert.ok(batch.add(0, 0, 0, row("a")) > 0);
    assert.equal(batch.add(0, 0, 1, row("a")), 0);
    assert.equal(batch.add(1, 7, 7, row("a")), 0);
    const { ranges, body } = batch.cut("age", 0);
    assert.deepEqual(ranges, [
      { partition: 0, from: 0, to: 2, rows: 1, repeats: 1, deadLetters: 0, tombstones: 0 },
      { partition: 1, from: 7, to: 8, rows: 0, repeats: 1, deadLetters: 0, tombstones: 0 },
    ]);
    assert.equal(new TextDecoder().decode(body), `${HEADER}\na\n`);
  },
);

Deno.test(
  "Batch tells events apart by their extra columns, whatever the order of the fields",
  unit,
  () => {
    const batch = open({});
    batch.add(0, 0, 0, row("a", { x: "1", y: "2" }));
    batch.add(0, 0, 1, row("a", { y: "2", x: "1" }));
    batch.add(0, 0, 2, row("a", { x: "2", y: "1" }));
    batch.add(0, 0, 3, row("a"));
    assert.equal(text(batch.cut("age", 0)), `${HEADER},x,y\na,1,2\na,2,1\na,,\n`);
  },
);

Deno.test("Batch takes an empty extra column for the same as none", unit, () => {
  const batch = open({});
  batch.add(0, 0, 0, row("a"));
  batch.add(0, 0, 1, row("a", { x: "" }));
  batch.add(0, 0, 2, row("b", { x: "" }));
  batch.add(0, 0, 3, row("b", { x: "", y: "1" }));
  const cut = batch.cut("age", 0);
  assert.equal(cut.rows, 3);
  assert.equal(text(cut), `${HEADER},y\na,\nb,\nb,1\n`);
});

Deno.test("Batch pads the rows that came before an extra column", unit, () => {
  const batch = open({});
  batch.add(0, 0, 0, row("a"));
  batch.add(0, 0, 1, row("b", { x: "1" }));
  batch.add(0, 0, 2, row("c", { y: 'say "2"' }));
  batch.add(0, 0, 3, row("d"));
  assert.equal(text(batch.cut("age", 0)), `${HEADER},x,y\na,,\nb,1,\nc,,"say ""2"""\nd,,\n`);
});

Deno.test("Batch.cut() has no body without rows", unit, () => {
  const batch = open({});
  batch.add(2, 5, 6, tombstone);
  batch.add(2, 5, 7, deadLetter);
  const { rows, body, ranges } = batch.cut("age", 0);
  assert.equal(rows, 0);
  assert.equal(body.length, 0);
  assert.deepEqual(ranges, [
    { partition: 2, from: 5, to: 8, rows: 0, repeats: 0, deadLetters: 1, tombstones: 1 },
  ]);
});

Deno.test("Batch.cut() gives type, reason, time, memory and the ranges by partition", unit, () => {
  const batch = open({});
  batch.add(10, 0, 0, row("a"));
  batch.add(2, 0, 0, row("b"));
  const cut = batch.cut("stop", 1_234);
  assert.deepEqual([cut.type, cut.reason, cut.at, cut.held], ["sales", "stop", 1_234, batch.bytes]);
  assert.deepEqual(cut.ranges.map(({ partition }) => partition), [2, 10]);
});

Deno.test("Batch.cut() hands over the dead letters that are on their way", unit, async () => {
  const batch = open({});
  const [arrives, fails] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  batch.waitFor(arrives.promise);
  batch.waitFor(fails.promise);
  const { deadLetters } = batch.cut("age", 0);
  arrives.resolve();
  assert.equal(await isSettled(deadLetters), false);
  fails.reject(new Error("the session has ended"));
  await assert.rejects(deadLetters, { message: "the session has ended" });
});

Deno.test("Batch is due when it covers very many messages, though few are rows", unit, () => {
  const batch = open({ rows: 100 });
  let offset = 0;
  while (!batch.due(0)) batch.add(0, 0, offset++, tombstone);
  assert.equal(batch.due(0), "room");
  assert.equal(offset, 100_000);
});

Deno.test(
  "Batch that is never cut leaves no rejection of a dead letter unhandled",
  unit,
  async () => {
    open({}).waitFor(Promise.reject(new Error("the session has ended")));
    await Promise.resolve();
  },
);

/** Messages of four partitions; each partition's offsets may leave gaps. */
const messages = fc.array(
  fc.record({
    partition: fc.nat({ max: 3 }),
    gap: fc.constantFrom(0, 0, 0, 1, 5),
    message: fc.oneof(
      fc.constant(tombstone),
      fc.constant(deadLetter),
      fc.nat({ max: 20 }).map((n) => row(`r${n}`)),
      fc.tuple(
        fc.nat({ max: 5 }),
        fc.dictionary(fc.constantFrom("x", "y", "z"), fc.constantFrom("", "1")),
      )
        .map(([n, extras]) => row(`r${n}`, extras)),
    ),
  }),
  { maxLength: 60 },
);

Deno.test("Batch's ranges are contiguous, and every message stands in just one count", unit, () => {
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 8 }), (messages, rows) => {
      const cuts: Cut[] = [];
      const covered = new Map<number, number>();
      const next = new Map<number, number>();
      let batch = open({ rows });
      for (const { partition, gap, message } of messages) {
        const offset = (next.get(partition) ?? 0) + gap;
        batch.add(partition, covered.get(partition) ?? 0, offset, message);
        covered.set(partition, offset + 1);
        next.set(partition, offset + 1);
        if (batch.due(0)) {
          cuts.push(batch.cut("rows", 0));
          batch = open({ rows });
        }
      }
      cuts.push(batch.cut("stop", 0));

      const ends = new Map<number, number>();
      const sums = { rows: 0, repeats: 0, deadLetters: 0, tombstones: 0 };
      for (const range of cuts.flatMap(({ ranges }) => ranges)) {
        assert.equal(range.from, ends.get(range.partition) ?? 0);
        assert.ok(range.to > range.from);
        ends.set(range.partition, range.to);
        for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += range[name];
      }
      assert.deepEqual(ends, covered);
      const count = (kind: string) =>
        messages.filter(({ message }) => message.kind === kind).length;
      assert.deepEqual(
        [sums.rows + sums.repeats, sums.deadLetters, sums.tombstones],
        [count("row"), count("dead letter"), count("tombstone")],
      );
      assert.equal(sums.rows, cuts.reduce((sum, cut) => sum + cut.rows, 0));
    }),
  );
});

Deno.test(
  "Batch counts the memory by which add() says it has grown, at least its text",
  unit,
  () => {
    fc.assert(
      fc.property(messages, (messages) => {
        const batch = open({});
        const grown = messages.reduce(
          (sum, { partition, message }, offset) => sum + batch.add(partition, 0, offset, message),
          0,
        );
        const { held, rows, body } = batch.cut("age", 0);
        assert.equal(held, grown);
        const lines = new TextDecoder().decode(body).split("\n").slice(1);
        const padding = 3 * rows;
        assert.ok(held + padding >= lines.join("\n").length);
      }),
    );
  },
);

function open({ rows = 1_000, age = 300_000 }): Batch {
  return new Batch("sales", 0, { rows, age });
}

function row(line: string, extras?: Record<string, string>): Decoded {
  return { kind: "row", line, extras: extras && new Map(Object.entries(extras)) };
}

function text({ body }: Cut): string {
  return new TextDecoder().decode(body);
}
