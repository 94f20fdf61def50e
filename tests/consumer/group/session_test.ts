import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { EachBatchPayload } from "kafkajs";
import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import { MemoryBudget } from "../../../consumer/batching/memory_budget.ts";
import { Session } from "../../../consumer/group/session.ts";
import { Lag } from "../../../consumer/group/lag.ts";
import { GroupHealth } from "../../../consumer/group/group_health.ts";
import { Report } from "../../../consumer/landing/report.ts";
import { readSettings } from "../../../shared/cli/settings.ts";
import { MemoryStore } from "../../model/memory_store.ts";
import { quiet } from "../../model/quiet.ts";
import { isSettled } from "../../model/settled.ts";
import { MemoryKafka } from "./memory_kafka.ts";

const SALES = "sales_topic";
const ILLEGAL_GENERATION = 22;
const OFFSET_METADATA_TOO_LARGE = 12;

Deno.test("Session fetches nothing before recovery has told from where", async () => {
  await using run = await begin();
  const { kafka, session } = run;
  const looked = Promise.withResolvers<void>();
  kafka.onLook = () => looked.promise;
  kafka.logs.get(SALES)!.committed = 5;
  kafka.join(SALES);
  assert.ok(session.hasJoined);
  await kafka.fetch(SALES, 0);
  assert.deepEqual(kafka.asked.map((line) => line.split(" ")[0]), ["pause"]);
  looked.resolve();
  await run.ready();
  assert.deepEqual(kafka.asked.slice(1, 3).map((line) => line.split(",")[0]), [
    "seek sales_topic to 5",
    "resume sales_topic",
  ]);
  await kafka.fetch(SALES, 5);
  assert.equal(kafka.asked.at(-1), "fetch sales_topic");
});

Deno.test("Session fetches only what it was assigned", async () => {
  await using run = await begin();
  run.kafka.join(SALES);
  await run.ready();
  run.kafka.asked.length = 0;
  await run.kafka.fetch("payments_topic", 0);
  assert.deepEqual(run.kafka.asked, []);
});

Deno.test("Session fetches nothing of an earlier generation's topics until recovery has told anew", async () => {
  await using run = await begin();
  const { kafka } = run;
  kafka.join(SALES);
  await run.ready();
  kafka.onLook = () => new Promise(() => {});
  kafka.join(SALES);
  kafka.asked.length = 0;
  await kafka.fetch(SALES, 0);
  assert.deepEqual(kafka.asked, []);
});

Deno.test("Session drops what is open as soon as it is about to rejoin", async () => {
  await using run = await begin();
  const { kafka, session, memory } = run;
  kafka.join(SALES);
  await run.ready();
  await kafka.handOut(batch(0));
  const { signal } = session.generation!;
  assert.ok(memory.used > 0);
  kafka.rejoin();
  assert.ok(signal.aborted);
  assert.equal(session.generation, undefined);
  assert.equal(memory.used, 0);
});

Deno.test("Session takes nothing between two generations", async () => {
  await using run = await begin();
  run.kafka.join(SALES);
  await run.ready();
  run.kafka.rejoin();
  const resolved: string[] = [];
  await run.kafka.handOut(batch(0, resolved));
  assert.deepEqual(resolved, []);
});

Deno.test("Session lands what is open when it is stopped, and leaves the group only then", async () => {
  await using run = await begin();
  const { kafka, store, stop } = run;
  kafka.join(SALES);
  await run.ready();
  await kafka.handOut(batch(0));
  stop.abort();
  await run.ended;
  assert.equal(store.objects.size, 1);
  const [last, before] = [kafka.asked.at(-1), kafka.asked.at(-2)];
  assert.deepEqual([before, last], ["commit sales_topic at 1", "disconnect"]);
});

Deno.test("Session takes nothing more once it stops", async () => {
  await using run = await begin();
  const { kafka } = run;
  const held = await stopWhileLanding(run);
  const resolved: string[] = [];
  await kafka.handOut(batch(1, resolved));
  assert.deepEqual(resolved, []);
  held.resolve();
  await run.ended;
});

Deno.test("Session begins no generation any more once it stops", async () => {
  await using run = await begin();
  const { kafka, session, store } = run;
  const held = await stopWhileLanding(run);
  // The group rebalances while the batch is being landed.
  kafka.join(SALES);
  assert.equal(session.generation, undefined);
  held.resolve();
  await run.ended;
  assert.equal(store.objects.size, 0);
  assert.match(run.warnings.join(), /The group rebalanced during /);
});

Deno.test("Session ends with kafkajs' error when the consumer crashes, and disconnects", async () => {
  await using run = await begin();
  run.kafka.join(SALES);
  await run.ready();
  run.kafka.crash(new Error("connection lost"));
  await assert.rejects(run.ended, { message: "connection lost" });
  assert.equal(run.kafka.asked.at(-1), "disconnect");
});

Deno.test("Session goes on when the broker refuses a commit of an earlier generation", async () => {
  await using run = await begin({ rows: 1 });
  const { kafka, session } = run;
  kafka.join(SALES);
  await run.ready();
  kafka.onCommit = () => Promise.reject(createErrorFromCode(ILLEGAL_GENERATION));
  await kafka.handOut(batch(0));
  await run.until(() => session.generation?.signal.aborted === true);
  assert.equal(await isSettled(run.ended), false);
  assert.equal(run.store.objects.size, 0);
});

Deno.test("Session ends when it is unknown what has become of a commit", async () => {
  await using run = await begin({ rows: 1 });
  run.kafka.join(SALES);
  await run.ready();
  run.kafka.onCommit = () => Promise.reject(createErrorFromCode(OFFSET_METADATA_TOO_LARGE));
  await run.kafka.handOut(batch(0));
  await assert.rejects(run.ended, { type: "OFFSET_METADATA_TOO_LARGE" });
  assert.equal(run.store.objects.size, 0);
});

Deno.test("Session goes on where the log begins when it does not hold the offset any more", async () => {
  await using run = await begin();
  const { kafka, session, warnings } = run;
  kafka.join(SALES);
  await run.ready();
  Object.assign(kafka.logs.get(SALES)!, { low: 7 });
  kafka.onFetch = () => {
    const facts = { name: "KafkaJSOffsetOutOfRange", topic: SALES, partition: 0 };
    throw Object.assign(new Error("out of range"), facts);
  };
  kafka.asked.length = 0;
  await kafka.fetch(SALES, 0);
  await run.until(() => kafka.asked.length >= 4);
  assert.deepEqual(kafka.asked, [
    ...["fetch sales_topic", "pause sales_topic", "seek sales_topic to 7", "resume sales_topic"],
  ]);
  assert.equal(session.generation!.position(SALES, 0), 7);
  assert.match(warnings.join(), /sales_topic\/0/);
});

Deno.test("Session ends in order when it is stopped before it has joined", async () => {
  await using run = await begin();
  run.stop.abort();
  await run.ended;
  assert.equal(run.session.hasJoined, false);
  assert.deepEqual(run.kafka.asked, ["disconnect"]);
});

/** Stops a session that has taken a message; its commit is held until it is let go. */
async function stopWhileLanding(
  { kafka, ready, stop, ended }: Awaited<ReturnType<typeof begin>>,
): Promise<PromiseWithResolvers<void>> {
  kafka.join(SALES);
  await ready();
  await kafka.handOut(batch(0));
  const held = Promise.withResolvers<void>();
  kafka.onCommit = () => held.promise;
  stop.abort();
  await isSettled(ended);
  return held;
}

/** A session that runs on a Kafka and a bucket in memory. */
async function begin({ rows = 100 } = {}) {
  const kafka = new MemoryKafka();
  const store = new MemoryStore();
  const memory = new MemoryBudget(1_000_000);
  const warnings: string[] = [];
  const clock = { now: () => Date.UTC(2026, 1, 26), monotonic: () => 0 };
  const warn = (line: string) => void warnings.push(line);
  const say = () => {};
  const session = new Session({
    ...quiet,
    kafka: kafka.client,
    settings: readSettings(() => undefined),
    store,
    policy: { rows, age: 300_000 },
    memory,
    report: new Report("bucket", say, warn),
    groupHealth: new GroupHealth({ group: "g", clock, say, warn }),
    lag: new Lag("g"),
    clock,
    lastNames: new Map(),
    seenIds: new Map(),
  });
  const stop = new AbortController();
  const ended = session.run(stop.signal);
  ended.catch(() => {});
  await kafka.running;
  /** Lets run what is ready, until something is so. */
  const until = async (condition: () => boolean) => {
    for (let turn = 0; !condition(); turn++) {
      if (turn === 1_000) throw new Error(`it never is: ${condition}`);
      await isSettled(ended);
    }
  };
  return {
    ...{ kafka, store, memory, warnings, session, stop, ended, until },
    ready: () => until(() => kafka.asked.some((line) => line.startsWith("resume"))),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended.catch(() => {});
    },
  };
}

/** A batch of one sale. */
function batch(offset: number, resolved: string[] = []): EachBatchPayload {
  const event = { event_id: `S${offset}`, timestamp: "2026-02-26T10:30:45.123456" };
  const value = Buffer.from(JSON.stringify(event));
  const message = { key: null, value, offset: String(offset), timestamp: "1000", headers: {} };
  return {
    batch: {
      topic: SALES,
      partition: 0,
      messages: [message],
      fetchedOffset: String(offset),
      lastOffset: () => String(offset),
    },
    resolveOffset: (offset: string) => resolved.push(offset),
    heartbeat: () => Promise.resolve(),
  } as unknown as EachBatchPayload;
}
