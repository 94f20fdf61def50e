import type { KafkaMessage } from "kafkajs";
import { connectAdmin, kafkaClient } from "../../shared/kafka/client.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";

/** A message and where it lies. */
export type Found = KafkaMessage & { readonly topic: string; readonly partition: number };

/** Reads all that is in some topics now. */
export async function readTopics(
  settings: Settings,
  topics: readonly string[],
): Promise<Found[]> {
  const kafka = kafkaClient(settings, "test");
  await using admin = await connectAdmin(kafka, settings);
  const read = await Promise.all(topics.map(async (topic) => {
    const messages = await readTopic(kafka, admin, topic);
    return messages.map(({ message, partition }): Found => ({ ...message, topic, partition }));
  }));
  return read.flat();
}
