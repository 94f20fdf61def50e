import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Consumer, EachBatchPayload } from "kafkajs";
import type { Cut } from "../../../consumer/batching/batch.ts";
import { MemoryBudget } from "../../../consumer/batching/memory_budget.ts";
import { Generation } from "../../../consumer/group/generation.ts";
import { Intake } from "../../../consumer/group/intake.ts";
import type { DeadLetters } from "../../../consumer/landing/dead_letters.ts";
import type { Landing } from "../../../consumer/landing/landing.ts";
import { Report } from "../../../consumer/landing/report.ts";
import type { DeadLetter } from "../../../shared/formats/letter_record.ts";
import encodeRecord from "kafkajs/src/protocol/recordBatch/record/v0/index.js";
import { RecordBatch as encodeBatch } from "kafkajs/src/protocol/recordBatch/v0/index.js";
import type { RecordBatch } from "../../../shared/kafka/record_batch.ts";
import { decodeBatches } from "../../../shared/kafka/records.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;
const SALES = "sales_topic";

Deno.test(
  "Intake.take() adds a batch's messages and goes on after its last offset",
  unit,
  async () => {
    const { generation, report, take } = begin();
    const resolved = await take({ offsets: [0, 1], lastOffset: 4 });
    assert.deepEqual(resolved, ["4"]);
    assert.equal(generation.batches.get("sales")!.rows, 2);
    // Markers of transactions lie behind the last message.
    assert.equal(generation.position(SALES, 0), 5);
    assert.equal(report.totals.events, 2);
  },
);

Deno.test(
  "Intake.take() leaves out the records of a batch that lie before its place",
  unit,
  async () => {
    const { generation, cuts, take } = begin({ position: 11 });
    const batch = await batchAt(10, 3);
    assert.deepEqual(await take({ fetched: 11, offsets: [], lastOffset: 12, batch }), ["12"]);
    assert.equal(generation.position(SALES, 0), 13);
    generation.cut("sales", "stop");
    assert.deepEqual(cuts[0]!.ranges.map(({ from, to, rows }) => [from, to, rows]), [[11, 13, 2]]);
    assert.match(new TextDecoder().decode(cuts[0]!.body), /^.*\nsales,S11,.*\nsales,S12,.*\n$/);
  },
);

Deno.test("Intake.take() takes nothing of a partition that is not ours", unit, async () => {
  const { generation, asked, take } = begin();
  assert.deepEqual(await take({ partition: 7, offsets: [0] }), []);
  assert.equal(generation.batches.size, 0);
  assert.deepEqual(asked, []);
});

Deno.test(
  "Intake.take() sends kafkajs back when the messages begin earlier, each time",
  unit,
  async () => {
    const { generation, asked, take } = begin({ position: 5 });
    for (let time = 0; time < 4; time++) {
      assert.deepEqual(await take({ fetched: 3, offsets: [3, 4, 5] }), []);
    }
    assert.deepEqual(asked, Array(4).fill("seek sales_topic/0 to 5"));
    assert.equal(generation.batches.size, 0);
    assert.equal(generation.position(SALES, 0), 5);
  },
);

Deno.test(
  "Intake.take() passes over what can never be fetched, once it has asked twice for it",
  unit,
  async () => {
    const { generation, asked, take } = begin({ position: 5 });
    assert.deepEqual(await take({ fetched: 8, offsets: [8] }), []);
    assert.deepEqual(await take({ fetched: 8, offsets: [8] }), []);
    assert.equal(asked.length, 2);
    assert.deepEqual(await take({ fetched: 8, offsets: [8] }), ["8"]);
    assert.equal(asked.length, 2);
    assert.equal(generation.position(SALES, 0), 9);
    generation.cut("sales", "stop");
  },
);

Deno.test("Intake.take() asks twice anew at another place", unit, async () => {
  const { asked, take } = begin({ position: 5 });
  await take({ fetched: 8, offsets: [8] });
  assert.deepEqual(await take({ fetched: 5, offsets: [5] }), ["5"]);
  await take({ fetched: 8, offsets: [8] });
  await take({ fetched: 8, offsets: [8] });
  assert.deepEqual(asked.slice(1), Array(2).fill("seek sales_topic/0 to 6"));
});

Deno.test(
  "Intake.take() stops where the generation ends, and resolves nothing more",
  unit,
  async () => {
    const { generation, take } = begin({ onLetter: () => generation.end("rebalance") });
    const resolved = await take({ offsets: [0, 1, 2], lastOffset: 9, value: "no JSON" });
    assert.deepEqual(resolved, []);
    assert.equal(generation.position(SALES, 0), 1);
  },
);

Deno.test("Intake.take() tells the generation the leader epoch of its records", unit, async () => {
  const { generation, take } = begin();
  await take({ offsets: [0], epoch: 6 });
  assert.equal(generation.leaderEpoch(SALES, 0), 6);
  // A broker without epochs says -1.
  await take({ fetched: 1, offsets: [1], epoch: -1 });
  assert.equal(generation.leaderEpoch(SALES, 0), 6);
});

Deno.test(
  "Intake.take() sets a dead letter aside with its origin, and the batch waits for it",
  unit,
  async () => {
    const { generation, letters, cuts, memory, report, take } = begin();
    await take({ offsets: [0], value: "no JSON" });
    const [{ letter, sent }] = letters as [(typeof letters)[number]];
    assert.deepEqual(
      [letter.topic, letter.partition, letter.offset, letter.timestamp, String(letter.value)],
      [SALES, 0, 0, "1000", "no JSON"],
    );
    assert.match(letter.reason, /^the message is not JSON/);
    assert.equal(report.totals.deadLetters, 1);
    const held = memory.used;
    assert.ok(held >= "no JSON".length, "a letter that is under way takes memory");
    generation.cut("sales", "stop");
    assert.equal(await isSettled(cuts[0]!.deadLetters), false);
    sent.resolve();
    assert.equal(await isSettled(cuts[0]!.deadLetters), true);
    assert.ok(memory.used < held + cuts[0]!.held);
  },
);

Deno.test(
  "Intake.take() goes on with heartbeats until there is memory, and then with the rest",
  unit,
  async () => {
    const { memory, take } = begin({ max: 1_000 });
    memory.take("sales", 1_000);
    const taking = take({ offsets: [0, 1] });
    assert.equal(await isSettled(taking), false);
    memory.release("sales", 1_000);
    assert.deepEqual(await taking, ["1"]);
  },
);

Deno.test(
  "Intake.take() pauses a partition for which there is no memory, until there is",
  unit,
  async () => {
    const { memory, asked, take } = begin({ max: 1_000, roomMs: 0 });
    memory.take("sales", 1_000);
    assert.deepEqual(await take({ offsets: [0, 1] }), []);
    assert.deepEqual(asked, ["pause sales_topic/0"]);
    memory.release("sales", 1_000);
    await isSettled(Promise.resolve());
    assert.deepEqual(asked, ["pause sales_topic/0", "resume sales_topic/0"]);
  },
);

Deno.test(
  "Intake.take() does not resume a partition of a generation that is over",
  unit,
  async () => {
    const { generation, memory, asked, take } = begin({ max: 1_000, roomMs: 0 });
    memory.take("sales", 1_000);
    await take({ offsets: [0] });
    generation.end("rebalance");
    memory.release("sales", 1_000);
    await isSettled(Promise.resolve());
    assert.deepEqual(asked, ["pause sales_topic/0"]);
  },
);

/** What a fetch brought. */
interface Fetched {
  readonly partition?: number;
  /** The offset that was asked for. @default the first one */
  readonly fetched?: number;
  readonly offsets: readonly number[];
  /** @default the last one */
  readonly lastOffset?: number;
  readonly value?: string;
  readonly epoch?: number;
  /** What the messages are, in place of those at the offsets. */
  readonly batch?: RecordBatch;
}

/** A generation that owns one partition of sales, and an intake whose consumer notes what it is asked. */
function begin({ position = 0, max = 1_000_000, roomMs, onLetter = () => {} }: {
  position?: number;
  onLetter?: () => void;
  max?: number;
  roomMs?: number;
} = {}) {
  const memory = new MemoryBudget(max);
  const report = new Report("bucket", () => {}, () => {});
  const cuts: Cut[] = [];
  const generation = new Generation({ rows: 100, age: 300_000 }, memory, {
    now: () => 0,
    monotonic: () => 0,
  });
  generation.begin(
    [{ topic: SALES, partition: 0, position, ahead: false, voids: [] }],
    { land: (cut: Cut) => cuts.push(cut) } as unknown as Landing,
  );
  const asked: string[] = [];
  const placesOf = (places: { topic: string; partitions?: number[] }[]) =>
    places.map(({ topic, partitions }) => `${topic}/${partitions}`).join();
  const consumer = {
    seek: ({ topic, partition, offset }: { topic: string; partition: number; offset: string }) =>
      asked.push(`seek ${topic}/${partition} to ${offset}`),
    pause: (places: { topic: string; partitions?: number[] }[]) =>
      asked.push(`pause ${placesOf(places)}`),
    resume: (places: { topic: string; partitions?: number[] }[]) =>
      asked.push(`resume ${placesOf(places)}`),
  } as unknown as Consumer;
  const letters: { letter: DeadLetter; sent: PromiseWithResolvers<void> }[] = [];
  const deadLetters = {
    send(letter: DeadLetter) {
      const sent = Promise.withResolvers<void>();
      letters.push({ letter, sent });
      onLetter();
      return sent.promise;
    },
  } as unknown as DeadLetters;
  const topics = new Map([[SALES, "sales"] as const]);
  const intake = new Intake({ consumer, memory, deadLetters, report, topics, roomMs });

  const take = async (fetched: Fetched): Promise<string[]> => {
    const { partition = 0, offsets, lastOffset = offsets.at(-1)! } = fetched;
    const resolved: string[] = [];
    const payload = {
      batch: {
        topic: SALES,
        partition,
        messages: fetched.batch ? [fetched.batch] : offsets.map((at) => messageAt(at, fetched)),
        fetchedOffset: String(fetched.fetched ?? offsets[0]),
        lastOffset: () => String(lastOffset),
      },
      resolveOffset(offset: string) {
        resolved.push(offset);
      },
      heartbeat: () => Promise.resolve(),
    } as unknown as EachBatchPayload;
    await intake.take(generation, payload);
    return resolved;
  };
  return { generation, memory, report, cuts, asked, letters, take };
}

/** A batch of events, as a broker sends it. */
async function batchAt(firstOffset: number, count: number): Promise<RecordBatch> {
  const records = Array.from({ length: count }, (_, offsetDelta) => {
    const { key, value } = messageAt(firstOffset + offsetDelta, { offsets: [] });
    return encodeRecord({ offsetDelta, timestampDelta: "0", key, value });
  });
  const { buffer } = await encodeBatch({ firstOffset, lastOffsetDelta: count - 1, records });
  const [batch] = await decodeBatches(buffer);
  return batch as RecordBatch;
}

function messageAt(offset: number, { value, epoch }: Fetched) {
  const event = { event_id: `S${offset}`, timestamp: "2026-02-26T10:30:45.123456" };
  return {
    key: null,
    value: Buffer.from(value ?? JSON.stringify(event)),
    offset: String(offset),
    timestamp: "1000",
    headers: {},
    ...epoch === undefined ? {} : { batchContext: { partitionLeaderEpoch: epoch } },
  };
}
