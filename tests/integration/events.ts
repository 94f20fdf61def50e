import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { topicOf, type Type } from "../../shared/catalogue/events.ts";
import type { Message } from "kafkajs";
import type { Sandbox } from "./sandbox.ts";

/** A sales event of a test, with whatever fields are given. */
export function sale(n: number, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const id = `SALE-${n.toString(16).toUpperCase().padStart(8, "0")}`;
  return {
    event_type: "sales",
    event_id: id,
    timestamp: "2026-02-26T10:30:45.123456",
    sale_id: id,
    customer_id: `CUST-${n % 50}`,
    sale_price: 23999.5,
    ...fields,
  };
}

/** The ids of so many sales events, sorted. */
export function saleIds(count: number, start = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(sale(start + i).event_id)).toSorted();
}

/** Publishes values to a type's topic, keyed by their number so that all partitions get some. */
export async function publish(
  box: Sandbox,
  type: Type,
  values: readonly (string | Uint8Array | null | Record<string, unknown>)[],
  options: { compression?: number; partition?: number; perRequest?: number } = {},
): Promise<void> {
  const { partition, ...rest } = options;
  const messages = values.map((value, i) => ({
    key: String(i),
    partition,
    value: value === null || typeof value === "string" || value instanceof Uint8Array
      ? value
      : JSON.stringify(value),
  }));
  await publishMessages(box, type, messages, rest);
}

/** A message to publish; bytes may be of any kind of array. */
export interface TestMessage extends Omit<Message, "key" | "value"> {
  readonly key: string | Uint8Array | null;
  readonly value: string | Uint8Array | null;
}

/** Publishes messages to a type's topic, as they are. */
export async function publishMessages(
  box: Sandbox,
  type: Type,
  messages: readonly TestMessage[],
  options: { compression?: number; perRequest?: number } = {},
): Promise<void> {
  const { settings, kafka } = box;
  {
    await using admin = await connectAdmin(kafka, settings);
    await ensureTopics(admin, settings);
  }
  // When a partition of a request fails, kafkajs sends all of it again: only an idempotent producer's
  // events are not doubled by that.
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 10 },
  });
  await producer.connect();
  try {
    const topic = topicOf(type, settings.topicPrefix);
    const { perRequest = 1_000, compression } = options;
    for (let i = 0; i < messages.length; i += perRequest) {
      await producer.send({
        topic,
        acks: -1,
        compression,
        messages: messages.slice(i, i + perRequest)
          .map((message) => ({
            ...message,
            key: toBuffer(message.key),
            value: toBuffer(message.value),
          })),
      });
    }
  } finally {
    await producer.disconnect();
  }
}

function toBuffer(content: string | Uint8Array | null): Buffer | null {
  return content === null ? null : Buffer.from(content as Uint8Array);
}

/** So many sales events. */
export function sales(count: number, start = 0): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => sale(start + i));
}

/** So many events of a type, the least that lands, with ids that say their type and number. */
export function events(type: Type, count: number, start = 0): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => ({
    event_type: type,
    event_id: eventId(type, start + i),
    timestamp: "2026-02-26T10:30:45.123456",
  }));
}

/** The ids of so many {@linkcode events}. */
export function eventIds(type: Type, count: number, start = 0): string[] {
  return Array.from({ length: count }, (_, i) => eventId(type, start + i));
}

function eventId(type: Type, n: number): string {
  return `${type}-${String(n).padStart(5, "0")}`;
}
