import type { Admin, Kafka, KafkaMessage } from "kafkajs";
import type { Place } from "../shared/formats/place.ts";
import { streamTopic } from "../shared/kafka/topic_reader.ts";
import type { TracedMessage } from "./way.ts";

/** Where messages are looked for. */
export interface KafkaWorld {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly signal?: AbortSignal;
}

/** Why there is no message at an offset, or the message. */
export type Found =
  | { readonly message: TracedMessage }
  | { readonly missing: string };

/** The message at a place. */
export async function messageAt(world: KafkaWorld, place: Place): Promise<Found> {
  const { topic, partition, offset } = place;
  if (!await hasTopic(world, topic)) {
    return { missing: `there is no topic ${topic}` };
  }
  const log = (await world.admin.fetchTopicOffsets(topic)).find((one) =>
    one.partition === partition
  );
  if (!log) return { missing: `${topic} has no partition ${partition}` };
  if (offset >= Number(log.high)) {
    return { missing: `${topic}/${partition} ends before offset ${log.high}` };
  }
  if (offset < Number(log.low)) {
    return {
      missing: `Kafka has deleted ${topic}/${partition} up to offset ${log.low} (retention)`,
    };
  }
  for await (
    const message of messagesIn(world, topic, [{ partition, from: offset, to: offset + 1 }])
  ) {
    return { message };
  }
  return {
    missing:
      `offset ${offset} of ${topic}/${partition} holds no message (a transaction's marker, aborted, or compacted)`,
  };
}

/** Whether there is a topic. */
export async function hasTopic({ admin }: KafkaWorld, topic: string): Promise<boolean> {
  return (await admin.listTopics()).includes(topic);
}

/** The messages of ranges of a topic, one partition after the other. */
export async function* messagesIn(
  { kafka, admin, signal }: KafkaWorld,
  topic: string,
  ranges: readonly { readonly partition: number; readonly from: number; readonly to: number }[],
): AsyncGenerator<TracedMessage> {
  const from = new Map(ranges.map(({ partition, from }) => [partition, from]));
  const to = new Map(ranges.map(({ partition, to }) => [partition, to]));
  for await (const stretch of streamTopic(kafka, admin, topic, from, { to, signal })) {
    for (const message of stretch.messages) yield traced(topic, stretch.partition, message);
  }
}

/** The last messages of a topic, limited in number, as ranges; and whether these are all. */
export async function lastOf(
  { admin }: KafkaWorld,
  topic: string,
  most: number,
): Promise<{ ranges: { partition: number; from: number; to: number }[]; isAll: boolean }> {
  const logs = await admin.fetchTopicOffsets(topic);
  const each = Math.ceil(most / logs.length);
  const ranges = logs.map(({ partition, low, high }) => ({
    partition,
    from: Math.max(Number(low), Number(high) - each),
    to: Number(high),
  }));
  return { ranges, isAll: logs.every(({ low, high }) => Number(high) - Number(low) <= each) };
}

function traced(topic: string, partition: number, message: KafkaMessage): TracedMessage {
  const value = message.value?.toString() ?? "";
  return {
    topic,
    partition,
    offset: Number(message.offset),
    at: Number(message.timestamp),
    key: message.key?.toString(),
    value,
    eventId: eventIdOf(value),
  };
}

function eventIdOf(value: string): string | undefined {
  try {
    const { event_id: id } = JSON.parse(value);
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
