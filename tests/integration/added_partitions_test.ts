import assert from "node:assert/strict";
import { createSimulation } from "../../producers/simulation/simulation.ts";
import { connectPublisher } from "../../producers/publishing/publisher.ts";
import { topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";
import { until } from "./wait.ts";

Deno.test("partitions that are added while a producer runs get events", async () => {
  await using box = await sandbox("added");
  const topic = topicOf("sales", box.settings.topicPrefix);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await ensureTopics(admin, box.settings);
  await using publisher = await connectPublisher(box.kafka, {
    settings: box.settings,
    partitions: new Map([[topic, 3]]),
    partitionsAge: 200,
    giveUp: new AbortController().signal,
    onWait: () => {},
    onRecovered: () => {},
    warn: assert.fail,
  });
  const simulation = createSimulation(["sales"], { seed: 1, interval: 1 });
  const counts = new Map<number, number>();
  let published = 0;
  const publish = async () => {
    const events = Array.from({ length: 50 }, () => simulation.round()).flat();
    published += events.length;
    await publisher.publish(events, () => Promise.resolve());
  };
  await publish();
  await admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] });
  await until("the new partitions have events", async () => {
    await publish();
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      counts.set(partition, Number(high));
    }
    return [3, 4, 5].every((partition) => (counts.get(partition) ?? 0) > 0);
  }, 20_000);
  const messages = await readTopics(box.settings, [topic]);
  const ids = messages.map(({ value }) => JSON.parse(String(value)).event_id);
  assert.deepEqual([ids.length, new Set(ids).size], [published, published]);
});
