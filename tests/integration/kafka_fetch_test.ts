import assert from "node:assert/strict";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import type { FetchedPartition } from "../../shared/kafka/fetch_by_id.ts";
import { hookFetch } from "../../shared/kafka/fetch_hook.ts";
import { topicIds } from "../../shared/kafka/topic_ids.ts";
import { createTopic, hookedConsumer } from "./hooked_consumer.ts";
import { openTransaction } from "./transactions.ts";
import { until } from "./wait.ts";

Deno.test("topicIds() tells a topic from the one of its name that was deleted before", async () => {
  await using one = await hookedConsumer("ids");
  const { kafka, admin, topic } = one;
  await using cluster = await connectCluster(kafka);
  const before = await topicIds(cluster, [topic, "there-is-none"]);
  assert.deepEqual([...before.keys()], [topic]);
  assert.match(before.get(topic)!, /^[\w-]{22}$/);
  assert.deepEqual(await topicIds(cluster, [topic]), before);
  await admin.deleteTopics({ topics: [topic] });
  await createTopic(admin, topic, 2);
  const after = (await topicIds(cluster, [topic])).get(topic);
  assert.match(after!, /^[\w-]{22}$/);
  assert.notEqual(after, before.get(topic));
});

Deno.test("hookFetch() hands out nothing of a topic that was recreated, and says that the old one is gone", async () => {
  await using one = await hookedConsumer("again");
  const { admin, topic, pins, values, gone, kafka } = one;
  const old = await one.send(0, "old", 3);
  await one.run();
  await until("the old events are read", () => values.length === 3);
  await admin.deleteTopics({ topics: [topic] });
  await createTopic(admin, topic, 2);
  const present = await one.send(0, "new", 9);
  await until("the topic is reported", () => gone.length > 0);
  await one.someFetches();
  assert.deepEqual(gone, [topic]);
  assert.deepEqual(values, old);

  // What a caller does then: recover, and read the new topic from its start.
  await using cluster = await connectCluster(kafka);
  pins.set(topic, (await topicIds(cluster, [topic])).get(topic));
  for (const partition of [0, 1]) one.consumer.seek({ topic, partition, offset: "0" });
  one.consumer.resume([{ topic }]);
  await until("the new events are read", () => values.length >= 12);
  assert.deepEqual(values, [...old, ...present]);
  assert.deepEqual(one.outOfRange, []);
  assert.deepEqual(await one.committed(), ["-1", "-1"]);
});

for (const byName of [false, true]) {
  const how = byName ? "by its name" : "by its id";
  Deno.test(`hookFetch() reports an offset below and beyond the log once, fetching ${how}, and commits nothing`, async () => {
    await using one = await hookedConsumer("range", { partitions: 3, byName });
    const { admin, topic, outOfRange, values, start } = one;
    for (const partition of [0, 1]) await one.send(partition, `p${partition}-`, 8);
    // kafkajs deletes only in topics that it has looked at.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "5" }] });
    start.set(0, 2).set(1, 99).set(2, 0);
    await one.run();
    await until("both are reported", () => outOfRange.length >= 2);
    const other = await one.send(2, "other", 5);
    await until("the third partition goes on", () => values.length >= 5);
    await one.someFetches();
    assert.deepEqual(
      outOfRange.map(([, ...report]) => report.slice(0, 2)).toSorted(),
      [[0, 2], [1, 99]],
    );
    assert.deepEqual(values, other);
    assert.deepEqual(await one.committed(), ["-1", "-1", "-1"]);

    one.consumer.seek({ topic, partition: 0, offset: "5" });
    one.consumer.resume([{ topic, partitions: [0] }]);
    await until("it is read from where it was sent", () => values.length >= 8);
    assert.deepEqual(values.slice(5), ["p0-5", "p0-6", "p0-7"]);
  });
}

Deno.test("hookFetch() keeps what other partitions brought in the answer that is out of range", async () => {
  await using one = await hookedConsumer("kept");
  const { kafka, topic, pins } = one;
  await one.send(1, "kept", 5);
  await using cluster = await connectCluster(kafka);
  await cluster.refreshMetadata();
  const reports: unknown[][] = [];
  hookFetch(cluster, {
    pins,
    onOutOfRange: (...report) => reports.push(report),
    onTopicGone: (topic) => reports.push([topic]),
  });
  const broker = await cluster.findBroker({ nodeId: cluster.getNodeIds()[0]! });
  const partitions = [
    { partition: 0, fetchOffset: "7", maxBytes: 1e6 },
    { partition: 1, fetchOffset: "0", maxBytes: 1e6 },
  ];
  const limits = { maxWaitTime: 100, minBytes: 1, maxBytes: 1e6, isolationLevel: 1 };
  const { responses } = await broker.fetch({ ...limits, topics: [{ topic, partitions }] });
  assert.deepEqual(reports, [[topic, 0, 7, undefined]]);
  const kept = responses.flatMap(({ partitions }) => partitions) as FetchedPartition[];
  assert.deepEqual(kept.map(({ partition, messages }) => [partition, messages.length]), [[1, 5]]);
});

Deno.test("hookFetch() fetches nothing of a topic without a pin", async () => {
  await using one = await hookedConsumer("unpinned");
  const { topic, pins, values } = one;
  const id = pins.get(topic);
  pins.delete(topic);
  const sent = await one.send(0, "v", 3);
  await one.run();
  await one.someFetches();
  assert.deepEqual(values, []);
  pins.set(topic, id);
  await until("it is read", () => values.length >= 3);
  assert.deepEqual(values, sent);
});

Deno.test("hookFetch() hands out nothing of aborted transactions, from wherever it is read", async () => {
  await using one = await hookedConsumer("aborted", { partitions: 1 });
  const { kafka, topic, values, start } = one;
  const first = await one.send(0, "first", 2);
  {
    // They overlap, and the records that are read first lie within both.
    await using left = await openTransaction(kafka, `${topic}-left`);
    await using right = await openTransaction(kafka, `${topic}-right`);
    for (const { transaction } of [left, right, left, right]) {
      await transaction.send({ topic, messages: [{ value: "a" }, { value: "b" }, { value: "c" }] });
    }
    await left.transaction.abort();
    await right.transaction.abort();
  }
  await using kept = await openTransaction(kafka, `${topic}-kept`);
  await kept.transaction.send({ topic, messages: [{ value: "kept" }] });
  await kept.transaction.commit();
  const last = await one.send(0, "last", 1);
  start.set(0, first.length + 7);
  await one.run();
  await until("the last one is read", () => values.includes(last[0]!));
  assert.deepEqual(values, ["kept", ...last]);
});
