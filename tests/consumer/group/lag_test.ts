import assert from "node:assert/strict";
import type { KafkaMessage } from "kafkajs";
import { Lag } from "../../../consumer/group/lag.ts";
import type { PartitionStart } from "../../../consumer/landing/plan_state.ts";
import type { NameOf } from "../../../shared/metrics/catalogue.ts";
import { Metrics } from "../../../shared/metrics/metrics.ts";

const unit = { permissions: "none" } as const;
const OFFSETS = "kafka.consumer_group.lag";
const SECONDS = "automotive.consumer_group.lag_time";
const MARGIN = "automotive.consumer_group.retention_margin";

Deno.test("Lag says nothing before Kafka has told where the log ends", unit, () => {
  const { told } = begin();
  assert.equal(told(OFFSETS), undefined);
  assert.equal(told(SECONDS), undefined);
});

Deno.test("Lag is none where all is committed, however long nothing comes", unit, () => {
  const { lag, told, at } = begin();
  lag.ends([end(10)]);
  at(3_600);
  assert.deepEqual([told(OFFSETS), told(SECONDS)], [0, 0]);
});

Deno.test("Lag is as old as the message at the committed offset, once that was read", unit, () => {
  const { lag, told, at } = begin();
  at(100);
  lag.ends([end(30)]);
  assert.equal(told(OFFSETS), 20);
  // Nobody has read it: it was first seen now.
  assert.equal(told(SECONDS), 0);
  lag.read("sales_topic", 0, message(10, 40), 20);
  assert.equal(told(SECONDS), 60);
  lag.read("sales_topic", 0, message(20, 70), 30);
  assert.equal(told(SECONDS), 60);
  lag.committed([commit(20)]);
  assert.deepEqual([told(OFFSETS), told(SECONDS)], [10, 30]);
  lag.committed([commit(25)]);
  assert.deepEqual([told(OFFSETS), told(SECONDS)], [5, 30]);
  lag.committed([commit(30)]);
  assert.deepEqual([told(OFFSETS), told(SECONDS)], [0, 0]);
});

Deno.test("Lag of what nobody reads grows from when it was first seen", unit, () => {
  const { lag, told, at } = begin();
  at(100);
  lag.ends([end(11)]);
  at(130);
  lag.ends([end(15)]);
  assert.deepEqual([told(OFFSETS), told(SECONDS)], [5, 30]);
});

Deno.test("Lag counts what was read after Kafka was asked for the log's end", unit, () => {
  const { lag, told } = begin();
  lag.ends([end(10)]);
  lag.read("sales_topic", 0, message(10, 0), 14);
  assert.equal(told(OFFSETS), 4);
});

Deno.test("Lag remembers no more than so many fetches, and always the oldest", unit, () => {
  const { lag, told, at } = begin();
  lag.ends([end(10_000)]);
  for (let offset = 10; offset < 5_000; offset++) {
    lag.read("sales_topic", 0, message(offset, offset), offset + 1);
  }
  at(6_000);
  assert.equal(told(SECONDS), 5_990);
  lag.committed([commit(4_000)]);
  const seconds = told(SECONDS)!;
  assert.ok(seconds >= 2_000 && seconds < 2_100, String(seconds));
});

Deno.test("Lag tells how long the oldest message that is not landed is kept", unit, () => {
  const { lag, told, at } = begin();
  at(100);
  lag.ends([end(11)]);
  lag.read("sales_topic", 0, message(10, 40), 11);
  assert.equal(told(MARGIN), undefined);
  lag.retention("sales_topic", 600_000);
  assert.equal(told(MARGIN), 540);
  lag.retention("sales_topic", undefined);
  assert.equal(told(MARGIN), undefined);
});

Deno.test("Lag tells nothing of partitions that are another's", unit, () => {
  const { lag, told } = begin();
  lag.ends([end(11)]);
  lag.end();
  lag.ends([end(12)]);
  lag.read("sales_topic", 0, message(10, 0), 11);
  lag.committed([commit(11)]);
  assert.equal(told(OFFSETS), undefined);
});

/** One partition from offset 10 on, at a time of 0 s. */
function begin() {
  let now = 0;
  const metrics = new Metrics();
  const lag = new Lag("g", () => now * 1000);
  lag.observe(metrics);
  lag.begin([{ topic: "sales_topic", partition: 0, position: 10 } as PartitionStart]);
  return {
    lag,
    at: (seconds: number) => void (now = seconds),
    told: (name: NameOf<"gauge">) => metrics.points(name)[0]?.value,
  };
}

function end(high: number) {
  return { topic: "sales_topic", partition: 0, low: 0, high };
}

function commit(offset: number) {
  return { topic: "sales_topic", partition: 0, offset, metadata: "" };
}

/** @param at in s since the epoch */
function message(offset: number, at: number): KafkaMessage {
  return { offset: String(offset), timestamp: String(at * 1000) } as KafkaMessage;
}
