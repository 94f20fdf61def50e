import { Kafka, type KafkaMessage, logLevel } from "kafkajs";
import { connectAdmin, kafkaClient } from "../../shared/kafka.ts";
import type { Settings } from "../../shared/settings.ts";
import { unique } from "./settings.ts";

/** A message and where it lies. */
export type Found = KafkaMessage & { readonly topic: string; readonly partition: number };

/** Reads all that is in some topics now. */
export async function readTopics(
  settings: Settings,
  topics: readonly string[],
): Promise<Found[]> {
  let expected = 0;
  {
    await using admin = await connectAdmin(kafkaClient(settings, "test"), settings);
    for (const topic of topics) {
      for (const { low, high } of await admin.fetchTopicOffsets(topic)) {
        expected += Number(high) - Number(low);
      }
    }
  }
  const found: Found[] = [];
  if (expected === 0) return found;
  const complete = Promise.withResolvers<void>();
  // With kafkajs' own retries: the first group of a cluster has to wait for its coordinator.
  const kafka = new Kafka({
    brokers: [...settings.brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 20 },
  });
  const consumer = kafka.consumer({ groupId: `read-${unique()}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    consumer.on("consumer.crash", ({ payload }) => complete.reject(payload.error));
    await consumer.run({
      autoCommit: false,
      eachMessage({ topic, partition, message }) {
        found.push({ ...message, topic, partition });
        if (found.length === expected) complete.resolve();
        return Promise.resolve();
      },
    });
    await complete.promise;
  } finally {
    await consumer.disconnect();
  }
  return found;
}
