import type { Admin, Kafka, KafkaMessage } from "kafkajs";
import { connectCluster } from "./cluster.ts";
import { readLog, type Stretch } from "./log_reader.ts";

/** A message and where it stands. */
export interface ReadMessage {
  readonly partition: number;
  readonly message: KafkaMessage;
}

/** Which part of a topic is read, and how. */
export interface ReadOptions {
  /** Reads only these partitions, each up to its offset, exclusive. */
  readonly to?: ReadonlyMap<number, number>;
  readonly signal?: AbortSignal;
}

/**
 * Reads what is committed of a topic from given offsets to its last stable offset of now, without
 * leaving a trace. What follows a transaction that is still open is left out, as it is for every
 * consumer, and so is what Kafka deletes before it is read. One partition after the other; of each,
 * one fetch is held at a time.
 *
 * @param from the first offset to read of each partition; the log's start where there is none
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function* streamTopic(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  from: ReadonlyMap<number, number> = new Map(),
  { to, signal }: ReadOptions = {},
): AsyncGenerator<Stretch> {
  signal?.throwIfAborted();
  const ranges = (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
    topic,
    partition,
    from: Math.max(Number(low), from.get(partition) ?? 0),
    to: Math.min(Number(high), to ? to.get(partition) ?? 0 : Infinity),
  })).filter((range) => range.from < range.to);
  if (ranges.length === 0) return;
  await using cluster = await connectCluster(kafka);
  for (const range of ranges) {
    const firstOffset = async () =>
      Number(
        (await admin.fetchTopicOffsets(topic))
          .find(({ partition }) => partition === range.partition)?.low ?? Infinity,
      );
    yield* readLog(cluster, range, { firstOffset, signal });
  }
}

/**
 * Everything that {@linkcode streamTopic} reads, at once: for topics that are known to be small.
 */
export async function readTopic(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  from?: ReadonlyMap<number, number>,
  options?: ReadOptions,
): Promise<ReadMessage[]> {
  const read: ReadMessage[] = [];
  for await (const { partition, messages } of streamTopic(kafka, admin, topic, from, options)) {
    for (const message of messages) read.push({ partition, message });
  }
  return read;
}
