import { type Admin, type Kafka, type KafkaMessage, PartitionAssigners } from "kafkajs";
import { randomUUID } from "node:crypto";
import { ensureCoordinator } from "./kafka.ts";
import { withCluster } from "./kafka_cluster.ts";
import { hookFetch } from "./kafka_fetch_hook.ts";

/** A message and where it stands. */
export interface ReadMessage {
  readonly partition: number;
  readonly message: KafkaMessage;
}

/**
 * Reads what is committed of a topic from given offsets to its last stable offset of now, without
 * leaving a trace: the consumer group is one of its own, commits nothing and is deleted afterwards.
 * What follows a transaction that is still open is left out, as it is for every consumer, and so is
 * what Kafka deletes before it is read.
 *
 * @param from the first offset to read of each partition; the log's start where there is none
 * @param options.to reads only these partitions, each up to, not with, its offset
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function readTopic(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  from: ReadonlyMap<number, number> = new Map(),
  options: { to?: ReadonlyMap<number, number>; signal?: AbortSignal } = {},
): Promise<ReadMessage[]> {
  const { to, signal } = options;
  signal?.throwIfAborted();
  const open = new Map<number, { next: number; end: number }>();
  const unwanted: number[] = [];
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
    const next = Math.max(Number(low), from.get(partition) ?? 0);
    const end = Math.min(Number(high), to ? to.get(partition) ?? 0 : Infinity);
    if (next < end) open.set(partition, { next, end });
    else unwanted.push(partition);
  }
  const messages: ReadMessage[] = [];
  if (open.size === 0) return messages;

  const groupId = `automotive-reader-${randomUUID()}`;
  await ensureCoordinator(admin, groupId, signal);
  const consumer = kafka.consumer({
    groupId,
    retry: { retries: 5 },
    partitionAssigners: [
      withCluster(PartitionAssigners.roundRobin, (cluster) =>
        hookFetch(cluster, {
          pins: new Map([[topic, undefined]]),
          onOutOfRange(_topic, partition) {
            consumer.pause([{ topic, partitions: [partition] }]);
            skipDeleted(partition).catch(done.reject);
          },
          onTopicGone: () => {/* Told by an id only. */},
        })),
    ],
  });
  const done = Promise.withResolvers<void>();
  const onAbort = () => done.reject(signal!.reason);
  signal?.addEventListener("abort", onAbort);
  done.promise.catch(() => {/* It is awaited below, once the consumer runs. */});
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
  // A log may end with transaction markers, of which eachBatch is not told.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    const place = open.get(partition);
    if (place && Number(lastOffset) + 1 >= place.end) finish(partition);
  });
  function finish(partition: number): void {
    open.delete(partition);
    if (open.size === 0) done.resolve();
  }
  /** Goes on where the log begins now, or is done where it holds nothing of what was wanted. */
  async function skipDeleted(partition: number): Promise<void> {
    const place = open.get(partition);
    const log = (await admin.fetchTopicOffsets(topic)).find((log) => log.partition === partition);
    if (!place) return;
    const low = Math.max(place.next, Number(log?.low ?? 0));
    if (low >= Math.min(place.end, Number(log?.high ?? 0))) return finish(partition);
    place.next = low;
    consumer.seek({ topic, partition, offset: String(low) });
    consumer.resume([{ topic, partitions: [partition] }]);
  }
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // deno-lint-ignore require-await -- kafkajs wants a promise
      eachBatch: async ({ batch: { partition, messages: batch } }) => {
        const place = open.get(partition);
        if (!place) return;
        for (const message of batch) {
          const offset = Number(message.offset);
          // What was fetched before the seek comes again after it.
          if (offset < place.next || offset >= place.end) continue;
          messages.push({ partition, message });
          place.next = offset + 1;
        }
      },
    });
    consumer.pause([{ topic, partitions: unwanted }]);
    for (const [partition, { next }] of open) {
      if (next > 0) consumer.seek({ topic, partition, offset: String(next) });
    }
    await done.promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {/* It expires by itself. */});
  }
  return messages;
}
