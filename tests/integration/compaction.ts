import type { Admin } from "kafkajs";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import type { Sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

/** The log cleaner looks every 15 s. */
const CLEANED_MS = 120_000;

/**
 * Makes a topic of one partition that Kafka compacts, sends so many messages of one key and one of
 * another to it, and waits until the log cleaner has removed some of them.
 *
 * @param valueOf the value of each message
 * @returns how many messages are left
 */
export async function compacted(
  { kafka }: Pick<Sandbox, "kafka">,
  admin: Admin,
  topic: string,
  count: number,
  valueOf: (n: number) => string = String,
): Promise<number> {
  await admin.createTopics({
    topics: [{
      topic,
      numPartitions: 1,
      configEntries: Object.entries({
        "cleanup.policy": "compact",
        "segment.ms": "100",
        "min.cleanable.dirty.ratio": "0.001",
        "max.compaction.lag.ms": "100",
      }).map(([name, value]) => ({ name, value })),
    }],
  });
  const producer = kafka.producer({ retry: { retries: 10 } });
  await producer.connect();
  const now = Date.now();
  // Segments are rolled by the times of messages: a second lies between two, however fast they are sent.
  const send = (key: string, n: number) => {
    const timestamp = String(now - (count - n) * 1_000);
    return producer.send({
      topic,
      messages: [{ key, value: valueOf(n), partition: 0, timestamp }],
    });
  };
  for (let n = 0; n < count; n++) await send("same", n);
  // The newest segment is never compacted: this one is newer than those.
  await send("other", count);
  await producer.disconnect();
  const left = async () => (await readTopic(kafka, admin, topic)).length;
  await until("the log is compacted", async () => await left() < count, CLEANED_MS);
  return await left();
}
