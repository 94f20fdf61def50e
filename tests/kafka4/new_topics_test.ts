import { deadLetterTopic, topicOf, types } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { sandbox } from "../integration/sandbox.ts";

/** A broker that names a leader too early does so in about one of three cases. */
const ROUNDS = 5;

Deno.test("ensureTopics() gives topics that take events at once, without a second try", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await using box = await sandbox("new-topics");
    const { settings, kafka } = box;
    const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
    await producer.connect();
    await using admin = await connectAdmin(kafka, settings);
    await ensureTopics(admin, settings);
    const topics = [...types.map((type) => topicOf(type, settings.topicPrefix))];
    topics.push(deadLetterTopic(settings.topicPrefix));
    const partitions = Array.from({ length: settings.partitions }, (_, partition) => partition);
    const messages = partitions.map((partition) => ({ partition, value: "{}" }));
    await producer.sendBatch({ topicMessages: topics.map((topic) => ({ topic, messages })) });
    await producer.disconnect();
  }
});
