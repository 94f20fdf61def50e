import assert from "node:assert/strict";
import type { Cut } from "../../../consumer/batching/batch.ts";
import type { Decoded } from "../../../consumer/batching/decode.ts";
import { Generation } from "../../../consumer/group/generation.ts";
import type { Landing } from "../../../consumer/landing/landing.ts";
import { MemoryBudget } from "../../../consumer/batching/memory_budget.ts";
import { topicOf, type Type } from "../../../shared/catalogue/events.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;

Deno.test("Generation cuts a batch as soon as it holds the policy's rows", unit, () => {
  const { generation, cuts, add } = begin({ rows: 2 });
  add("sales", 0, 0, row("a"));
  assert.equal(cuts.length, 0);
  add("sales", 0, 1, row("b"));
  assert.deepEqual(cuts.map(({ type, reason, rows }) => [type, reason, rows]), [[
    "sales",
    "rows",
    2,
  ]]);
  assert.equal(generation.batches.size, 0);
});

Deno.test("Generation gathers each type by itself, its partitions together", unit, () => {
  const { generation, add } = begin({});
  add("sales", 0, 0, row("a"));
  add("sales", 1, 0, row("b"));
  add("payments", 0, 0, row("c"));
  assert.deepEqual([...generation.batches].map(([type, { rows }]) => [type, rows]), [
    ["sales", 2],
    ["payments", 1],
  ]);
});

Deno.test(
  "Generation.cutDue() cuts the batches that are old enough, named by the time of the cut",
  unit,
  () => {
    const { generation, clock, cuts, add } = begin({ age: 1_000 });
    add("sales", 0, 0, row("a"));
    clock.monotonic = 600;
    add("payments", 0, 0, { kind: "tombstone" });
    clock.monotonic = 999;
    generation.cutDue();
    assert.equal(cuts.length, 0);
    clock.monotonic = 1_000;
    clock.now = 77;
    generation.cutDue();
    assert.deepEqual(cuts.map(({ type, reason, at }) => [type, reason, at]), [[
      "sales",
      "age",
      77,
    ]]);
    clock.monotonic = 1_600;
    generation.cutDue();
    assert.deepEqual(cuts.map(({ type, rows }) => [type, rows]), [["sales", 1], ["payments", 0]]);
  },
);

Deno.test(
  "Generation cuts its largest batch when the open ones hold more than half of the memory",
  unit,
  () => {
    const { memory, generation, cuts, add } = begin({ max: 10_000 });
    add("payments", 0, 0, row("p".repeat(1_000)));
    add("sales", 0, 0, row("s".repeat(3_000)));
    assert.equal(cuts.length, 0);
    add("payments", 0, 1, row("q".repeat(1_000)));
    assert.deepEqual(cuts.map(({ type, reason }) => [type, reason]), [["sales", "room"]]);
    assert.deepEqual([...generation.batches.keys()], ["payments"]);
    assert.ok(memory.used > 5_000, "what is cut is held until it has landed");
  },
);

Deno.test("Generation cuts at once a message that is larger than half of the memory", unit, () => {
  const { cuts, add } = begin({ max: 1_000 });
  add("sales", 0, 0, row("s".repeat(900)));
  assert.deepEqual(cuts.map(({ reason, rows }) => [reason, rows]), [["room", 1]]);
});

Deno.test("Generation.end() releases the open batches, and only those", unit, () => {
  const { memory, generation, cuts, add } = begin({ rows: 2 });
  memory.take("telemetry", 7);
  for (const offset of [0, 1, 2]) add("sales", 0, offset, row(`s${offset}`));
  add("payments", 0, 0, row("p"));
  generation.end("rebalance");
  assert.equal(memory.used, 7 + cuts[0]!.held);
  generation.end("once more");
  assert.equal(memory.used, 7 + cuts[0]!.held);
});

Deno.test(
  "Generation.end() drops the open batches and aborts the signal with the reason",
  unit,
  () => {
    const { generation, cuts, add } = begin({});
    add("sales", 0, 0, row("a"));
    generation.end("rebalance");
    assert.equal(generation.signal.reason.message, "rebalance");
    assert.equal(generation.batches.size, 0);
    generation.cut("sales", "stop");
    generation.cutDue();
    assert.equal(cuts.length, 0);
  },
);

Deno.test(
  "Generation.position() is the next offset to read of a partition that is ours",
  unit,
  () => {
    const { generation, add } = begin({});
    assert.equal(generation.position("sales_topic", 0), 0);
    add("sales", 0, 4, row("a"));
    assert.equal(generation.position("sales_topic", 0), 5);
    generation.passTo("sales_topic", 0, 9);
    assert.equal(generation.position("sales_topic", 0), 9);
    generation.moveTo("sales_topic", 0, 20);
    assert.equal(generation.position("sales_topic", 0), 20);
    assert.equal(generation.position("sales_topic", 7), undefined);
  },
);

Deno.test(
  "Generation's ranges cover offsets that were passed, but not those that are gone",
  unit,
  () => {
    const { generation, cuts, add } = begin({});
    add("sales", 0, 0, row("a"));
    generation.passTo("sales_topic", 0, 5);
    generation.cut("sales", "stop");
    add("sales", 0, 5, row("b"));
    generation.cut("sales", "stop");
    generation.moveTo("sales_topic", 0, 20);
    add("sales", 0, 21, row("c"));
    generation.cut("sales", "stop");
    assert.deepEqual(cuts.map(({ ranges: [range] }) => [range!.from, range!.to]), [[0, 1], [1, 6], [
      20,
      22,
    ]]);
  },
);

Deno.test("Generation.add() has the batch wait for its dead letters", unit, async () => {
  const { generation, cuts, add } = begin({});
  const sent = Promise.withResolvers<void>();
  add("sales", 0, 0, { kind: "dead letter", reason: "no JSON" }, sent.promise);
  add("sales", 0, 1, row("a"));
  generation.cut("sales", "stop");
  const { deadLetters } = cuts[0]!;
  assert.equal(await isSettled(deadLetters), false);
  sent.resolve();
  assert.equal(await isSettled(deadLetters), true);
});

Deno.test("Generation's ranges carry the leader epoch that their records reached", unit, () => {
  const { generation, cuts, add } = begin({});
  generation.reach("sales_topic", 0, 4);
  add("sales", 0, 0, row("a"));
  generation.moveTo("sales_topic", 0, 20);
  assert.equal(generation.leaderEpoch("sales_topic", 0), 4);
  generation.cut("sales", "stop");
  assert.equal(cuts[0]!.ranges[0]!.leaderEpoch, 4);
});

Deno.test("Generation.begin() takes its partitions from where recovery found them", unit, () => {
  const { generation } = begin({});
  assert.deepEqual(generation.assignment, { sales_topic: [0, 1], payments_topic: [0] });
});

/** A generation that owns two partitions of sales and one of payments, and what it cuts. */
function begin({ rows = 1_000, age = 300_000, max = 1_000_000 }) {
  const cuts: Cut[] = [];
  const clock = { now: 0, monotonic: 0 };
  const memory = new MemoryBudget(max);
  const generation = new Generation({ rows, age }, memory, {
    now: () => clock.now,
    monotonic: () => clock.monotonic,
  });
  const landing = { land: (cut: Cut) => cuts.push(cut) } as unknown as Landing;
  generation.begin(
    [["sales_topic", 0] as const, ["sales_topic", 1] as const, ["payments_topic", 0] as const].map(
      ([topic, partition]) => ({ topic, partition, position: 0, ahead: false, voids: [] }),
    ),
    landing,
  );
  const add = (
    type: Type,
    partition: number,
    offset: number,
    message: Decoded,
    sent?: Promise<void>,
  ) => generation.add(type, topicOf(type), partition, offset, message, sent);
  return { generation, memory, clock, cuts, add };
}

function row(line: string): Decoded {
  return { kind: "row", line };
}
