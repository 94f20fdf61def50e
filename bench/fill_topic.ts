import { CompressionTypes } from "kafkajs";
import { pause } from "../shared/cli/backoff.ts";
import { topicOf, type Type } from "../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../shared/kafka/client.ts";
import { sale } from "../tests/integration/events.ts";
import type { TestServices } from "../tests/integration/services.ts";

/** Messages in a request, and requests under way. */
const BATCH = 10_000;
const UNDER_WAY = 4;
/** How often events are published, in ms, where a rate is kept. */
const EVERY_MS = 100;
const PARTITIONS = 3;

/**
 * Publishes so many messages to a new topic, compressed; the n-th has the key n.
 *
 * @param options.messageOf the n-th message; small ones by default
 * @param options.batch messages in a request, which all go to one partition
 * @param options.underWay requests at once; with one, messages have the order of their numbers
 */
export async function fillTopic(
  { settings }: TestServices,
  topic: string,
  messages: number,
  { messageOf = smallMessage, partitions = PARTITIONS, batch = BATCH, underWay = UNDER_WAY }: {
    messageOf?: (n: number) => string;
    partitions?: number;
    batch?: number;
    underWay?: number;
  } = {},
): Promise<void> {
  const kafka = kafkaClient(settings, "bench");
  await using admin = await connectAdmin(kafka, settings);
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
  const producer = kafka.producer();
  await producer.connect();
  const numbers = Array.from({ length: Math.ceil(messages / batch) }, (_, i) => i * batch)
    .values();
  const send = async () => {
    for (const first of numbers) {
      const size = Math.min(batch, messages - first);
      await producer.send({
        topic,
        compression: CompressionTypes.GZIP,
        messages: Array.from({ length: size }, (_, i) => ({
          key: String(first + i),
          partition: (first / batch) % partitions,
          value: messageOf(first + i),
        })),
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: underWay }, send));
  } finally {
    await producer.disconnect();
  }
}

function smallMessage(n: number): string {
  return JSON.stringify({
    event_type: "large",
    event_id: `LARGE-${String(n).padStart(8, "0")}`,
    note: "some forty letters that are all the same",
  });
}

/**
 * Publishes events of a type at a rate.
 *
 * @param rate events a second
 * @returns the rate that was reached
 */
export async function publishAt(
  { settings }: TestServices,
  type: Type,
  rate: number,
  seconds: number,
): Promise<number> {
  const kafka = kafkaClient(settings, "bench");
  {
    await using admin = await connectAdmin(kafka, settings);
    await ensureTopics(admin, settings);
  }
  const producer = kafka.producer();
  await producer.connect();
  const topic = topicOf(type, settings.topicPrefix);
  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1000;
  let published = 0;
  try {
    while (passed() < seconds) {
      const due = Math.round(Math.min(passed(), seconds) * rate) - published;
      const messages = Array.from({ length: due }, (_, i) => {
        const event = sale(published + i);
        return { key: String(event.event_id), value: JSON.stringify(event) };
      });
      if (due > 0) await producer.send({ topic, messages });
      published += due;
      await pause(EVERY_MS);
    }
    return published / passed();
  } finally {
    await producer.disconnect();
  }
}
