import type { Admin, Kafka, KafkaMessage } from "kafkajs";
import { pause } from "../shared/cli/backoff.ts";
import { streamTopic } from "../shared/kafka/topic_reader.ts";

/** A message, and its partition. */
export interface Tailed {
  readonly partition: number;
  readonly message: KafkaMessage;
}

/** How often a topic is polled, in ms. */
const POLL_MS = 250;

/**
 * Reads a topic from the given offsets, and continues with what is published meanwhile. It joins no
 * group.
 *
 * @param from the first offset of each partition; others are not read
 * @param options.follow false: stops at the present end
 */
export async function* follow(
  { kafka, admin }: { readonly kafka: Kafka; readonly admin: Admin },
  topic: string,
  from: ReadonlyMap<number, number>,
  { follow, signal }: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<Tailed> {
  const next = new Map(from);
  for (;;) {
    const to = new Map(
      (await admin.fetchTopicOffsets(topic))
        .flatMap(({ partition, high }) => next.has(partition) ? [[partition, Number(high)]] : []),
    );
    for await (const stretch of streamTopic(kafka, admin, topic, next, { to, signal })) {
      for (const message of stretch.messages) yield { partition: stretch.partition, message };
      next.set(stretch.partition, stretch.to);
    }
    if (!follow) return;
    await pause(POLL_MS, signal);
  }
}
