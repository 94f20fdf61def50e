import { connectAdmin, ensureTopics } from "../../shared/kafka.ts";
import { topicOf, type Type } from "../../shared/events.ts";
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

/** Publishes messages to a type's topic, keyed by their number so that all partitions get some. */
export async function publish(
  box: Sandbox,
  type: Type,
  values: readonly (string | Uint8Array | null | Record<string, unknown>)[],
  options: { compression?: number; partition?: number; perRequest?: number } = {},
): Promise<void> {
  const { settings, kafka } = box;
  {
    await using admin = await connectAdmin(kafka, settings);
    await ensureTopics(admin, settings);
  }
  const producer = kafka.producer({ retry: { retries: 10 } });
  await producer.connect();
  try {
    const messages: Message[] = values.map((value, i) => ({
      key: String(i),
      partition: options.partition,
      value: value === null || typeof value === "string"
        ? value
        : value instanceof Uint8Array
        ? Buffer.from(value)
        : JSON.stringify(value),
    }));
    const topic = topicOf(type, settings.topicPrefix);
    const { perRequest = 1_000 } = options;
    for (let i = 0; i < messages.length; i += perRequest) {
      await producer.send({
        topic,
        acks: -1,
        compression: options.compression,
        messages: messages.slice(i, i + perRequest),
      });
    }
  } finally {
    await producer.disconnect();
  }
}

/** So many sales events. */
export function sales(count: number, start = 0): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => sale(start + i));
}
