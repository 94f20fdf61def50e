import assert from "node:assert/strict";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../../shared/kafka/client.ts";
import { ownServices } from "./services.ts";

Deno.test("ensureTopics() waits for a broker that takes long to make many partitions", async () => {
  const env = { KAFKA_PARTITIONS: "150" };
  await using own = await ownServices("partitions", ["zookeeper", "kafka"], { env });
  const { settings } = own;
  await using admin = await connectAdmin(kafkaClient(settings, "test"), settings);
  await ensureTopics(admin, settings);
  for (const type of types) {
    const ends = await admin.fetchTopicOffsets(topicOf(type, settings.topicPrefix));
    assert.equal(ends.length, 150);
  }
});
