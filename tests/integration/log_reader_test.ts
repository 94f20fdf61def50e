import { type Admin, CompressionTypes, type Kafka, type Transaction } from "kafkajs";
import assert from "node:assert/strict";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import { readableLogs } from "../../shared/kafka/log_ends.ts";
import { readLog } from "../../shared/kafka/log_reader.ts";
import { streamTopic } from "../../shared/kafka/topic_reader.ts";
import { createTopic, sendNumbered } from "./hooked_consumer.ts";
import { sandbox } from "./sandbox.ts";
import { compacted } from "./compaction.ts";
import { openTransaction } from "./transactions.ts";

/** Sends values in a transaction, and ends it. */
async function transact(
  kafka: Kafka,
  topic: string,
  values: readonly string[],
  end: (transaction: Transaction) => Promise<void>,
): Promise<void> {
  await using open = await openTransaction(kafka, `${topic}-${values[0]}`);
  await open.transaction.send({
    topic,
    messages: values.map((value) => ({ partition: 0, value })),
  });
  await end(open.transaction);
}

/** All that is read of a topic's first partition: messages, markers and what is gone. */
async function readAll(kafka: Kafka, admin: Admin, topic: string) {
  const found = { values: [] as string[], markers: 0, gone: [] as string[], from: -1, to: -1 };
  for await (const stretch of streamTopic(kafka, admin, topic)) {
    if (found.from === -1) found.from = stretch.from;
    else assert.equal(stretch.from, found.to, "stretches meet");
    found.to = stretch.to;
    found.markers += stretch.markers;
    found.values.push(...stretch.messages.map(({ value }) => String(value)));
    if (stretch.gone) found.gone.push(stretch.gone);
  }
  return found;
}

Deno.test("streamTopic() tells messages from the markers of transactions and from what was aborted", async () => {
  await using box = await sandbox("log-reader");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = `${box.settings.topicPrefix}transactions`;
  await createTopic(admin, topic, 1);
  await sendNumbered(box.kafka, { topic, partition: 0 }, "before-", 2);
  await transact(box.kafka, topic, ["a", "b"], (transaction) => transaction.commit());
  await transact(box.kafka, topic, ["x", "y", "z"], (transaction) => transaction.abort());
  await sendNumbered(box.kafka, { topic, partition: 0 }, "after-", 1);
  assert.deepEqual(await readAll(box.kafka, admin, topic), {
    values: ["before-0", "before-1", "a", "b", "after-0"],
    // Two markers, and three messages that were aborted.
    markers: 5,
    gone: [],
    from: 0,
    to: 10,
  });
});

Deno.test("streamTopic() ends where an open transaction begins; readableLogs() tells what it holds back", async () => {
  await using box = await sandbox("log-open");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = `${box.settings.topicPrefix}open`;
  await createTopic(admin, topic, 1);
  await sendNumbered(box.kafka, { topic, partition: 0 }, "", 2);
  await using open = await openTransaction(box.kafka, topic);
  await open.transaction.send({ topic, messages: [{ partition: 0, value: "open" }] });
  await sendNumbered(box.kafka, { topic, partition: 0 }, "behind-", 3);
  await using cluster = await connectCluster(box.kafka);
  assert.deepEqual(await readableLogs(cluster, [topic]), [
    { topic, partition: 0, low: 0, stable: 2, high: 6 },
  ]);
  assert.deepEqual((await readAll(box.kafka, admin, topic)).values, ["0", "1"]);
  const uncommitted: string[] = [];
  const range = { topic, partition: 0, from: 1, to: 6 };
  const options = { firstOffset: () => Promise.resolve(0), uncommitted: true };
  for await (const { messages } of readLog(cluster, range, options)) {
    uncommitted.push(...messages.map(({ value }) => String(value)));
  }
  assert.deepEqual(uncommitted, ["1", "open", "behind-0", "behind-1", "behind-2"]);
  await open.transaction.abort();
});

Deno.test("readableLogs() takes nothing that is being written for held back", async () => {
  await using box = await sandbox("log-written");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = `${box.settings.topicPrefix}written`;
  await createTopic(admin, topic, 1);
  const producer = box.kafka.producer({ retry: { retries: 10 } });
  await producer.connect();
  let over = false;
  const writing = (async () => {
    while (!over) await producer.send({ topic, messages: [{ value: "x" }] });
  })();
  await using cluster = await connectCluster(box.kafka);
  const seen = new Set<number>();
  for (let n = 0; n < 200; n++) {
    const [log] = await readableLogs(cluster, [topic]);
    assert.equal(log!.stable, log!.high);
    seen.add(log!.high);
  }
  over = true;
  await writing;
  await producer.disconnect();
  assert.ok(seen.size > 10, "it was written to meanwhile");
});

Deno.test("streamTopic() holds one fetch at a time, however long the log is", async () => {
  await using box = await sandbox("log-long");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = `${box.settings.topicPrefix}long`;
  await createTopic(admin, topic, 1);
  const producer = box.kafka.producer({ retry: { retries: 10 } });
  await producer.connect();
  const value = "x".repeat(1_000);
  const messages = Array.from({ length: 800 }, () => ({ value }));
  for (let n = 0; n < 125; n++) {
    await producer.send({ topic, messages, compression: CompressionTypes.None });
  }
  await producer.disconnect();
  let read = 0;
  let most = 0;
  for await (const { messages } of streamTopic(box.kafka, admin, topic)) {
    read += messages.length;
    most = Math.max(most, messages.length);
  }
  assert.equal(read, 100_000);
  // A fetch is of 1 MiB.
  assert.ok(most <= 1_600, `${most} messages were held`);
});

Deno.test("streamTopic() says where compaction has removed records", async () => {
  await using box = await sandbox("log-compacted");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = `${box.settings.topicPrefix}compacted`;
  const left = await compacted(box, admin, topic, 50);
  const { values, gone, from, to, markers } = await readAll(box.kafka, admin, topic);
  assert.deepEqual([values.length, from, to, markers], [left, 0, 51, 0]);
  assert.ok(gone.includes("compacted"));
});
