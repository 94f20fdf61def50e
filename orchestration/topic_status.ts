import type { Admin, Kafka } from "kafkajs";
import { deadLetterTopic, topicOf, types } from "../shared/catalogue/events.ts";
import { type Cluster, connectCluster } from "../shared/kafka/cluster.ts";
import { type ReadableLog, readableLogs } from "../shared/kafka/log_ends.ts";
import { readLog } from "../shared/kafka/log_reader.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { askGroup } from "../shared/kafka/group.ts";
import { waitingLetters } from "./waiting_letters.ts";
import { undefinedIfAborted } from "./undefined_if_aborted.ts";

/** The contents of a topic, and how much of it the group has not landed. */
export interface TopicStatus {
  readonly topic: string;
  /**
   * Records up to the high watermark; of the dead letter topic the letters, if they were counted.
   */
  readonly events: number;
  /** Undefined for the dead letter topic, which the consumer does not read. */
  readonly lag?: Lag;
  /**
   * Dead letters that were not replayed; undefined for other topics, and where nobody has counted.
   */
  readonly letters?: number;
  /** What open transactions hold back from every consumer. */
  readonly held: readonly Held[];
}

/** What lies between the group's offsets and the high watermarks. */
export interface Lag {
  readonly offsets: number;
  /** The events among them; undefined if there are too many to look at, or it took too long. */
  readonly events?: number;
  /** Offsets that transactions take, and that nobody ever reads. */
  readonly markers: number;
}

/** Records of a partition behind an open transaction. */
export interface Held {
  readonly partition: number;
  readonly from: number;
  readonly records: number;
}

/** Up to this lag, events are distinguished from transaction markers. */
export const MAX_LOOKED_AT = 10_000;

/**
 * The contents of all topics, and the group's lag.
 *
 * @param over stops the counting: what was not counted by then is left out
 * @throws kafkajs' errors
 */
export async function topicStatus(
  { kafka, admin, settings }: { kafka: Kafka; admin: Admin; settings: Settings },
  over?: AbortSignal,
): Promise<TopicStatus[]> {
  const topics = types.map((type) => topicOf(type, settings.topicPrefix));
  const deadLetters = deadLetterTopic(settings.topicPrefix);
  const present = new Set(await admin.listTopics());
  const wanted = [...topics, deadLetters].filter((topic) => present.has(topic));
  if (wanted.length === 0) return [];
  const read = wanted.filter((topic) => topic !== deadLetters);
  const committed = read.length === 0 ? [] : await askGroup(
    admin,
    (admin) => admin.fetchOffsets({ groupId: settings.group, topics: read }),
    over,
  );
  await using cluster = await connectCluster(kafka);
  const logs = await readableLogs(cluster, wanted);
  return await Promise.all(wanted.map(async (topic): Promise<TopicStatus> => {
    const parts = logs.filter((log) => log.topic === topic);
    const events = parts.reduce((sum, { low, high }) => sum + high - low, 0);
    const held = parts.filter(({ stable, high }) => stable < high).map(
      ({ partition, stable, high }) => ({ partition, from: stable, records: high - stable }),
    );
    if (topic === deadLetters) {
      const found = await undefinedIfAborted(over, () => waitingLetters(cluster, parts, over));
      return { topic, events: found?.letters ?? events, letters: found?.waiting, held };
    }
    const group = committed.find((entry) => entry.topic === topic)?.partitions;
    const next = ({ partition, low }: ReadableLog) =>
      Math.max(low, Number(group?.find((one) => one.partition === partition)?.offset ?? -1));
    return { topic, events, lag: await lagOf(cluster, parts, next, over), held };
  }));
}

async function lagOf(
  cluster: Cluster,
  parts: readonly ReadableLog[],
  next: (log: ReadableLog) => number,
  over?: AbortSignal,
): Promise<Lag> {
  const offsets = parts.reduce((sum, log) => sum + Math.max(0, log.high - next(log)), 0);
  if (offsets === 0) return { offsets, events: 0, markers: 0 };
  if (offsets > MAX_LOOKED_AT) return { offsets, markers: 0 };
  const markers = await undefinedIfAborted(over, async () => {
    let empty = 0;
    for (const log of parts) {
      const range = { ...log, from: next(log), to: log.stable };
      const options = { firstOffset: () => Promise.resolve(log.stable), signal: over };
      for await (const { from, to, messages } of readLog(cluster, range, options)) {
        empty += to - from - messages.length;
      }
    }
    return empty;
  });
  return markers === undefined
    ? { offsets, markers: 0 }
    : { offsets, events: offsets - markers, markers };
}
