import type { Admin } from "kafkajs";
import { decodeRecord } from "../../shared/formats/plan.ts";
import { ensureCoordinator } from "../../shared/kafka.ts";
import type { Window } from "./coverage.ts";

/** How many records Kafka has deleted from a topic's start; none of one that does not exist. */
export async function deletedRecords(admin: Admin, topic: string): Promise<number> {
  if (!(await admin.listTopics()).includes(topic)) return 0;
  const logs = await admin.fetchTopicOffsets(topic);
  return logs.reduce((sum, { low }) => sum + Number(low), 0);
}

/**
 * How far the group has committed the topics, and what they hold. The commits are read first: what
 * they cover has landed by now, whatever goes on meanwhile. What the group has committed of a topic that
 * was deleted since covers nothing of the one that was made again.
 *
 * @param ids the topics' ids, of those that have one
 * @returns the partitions of each topic that exists
 */
export async function topicWindows(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
  ids: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<Map<string, Window[]>> {
  const present = new Set(await admin.listTopics());
  const wanted = topics.filter((topic) => present.has(topic));
  await ensureCoordinator(admin, groupId, signal);
  const committed = wanted.length === 0
    ? []
    : await admin.fetchOffsets({ groupId, topics: [...wanted] });
  const windows = new Map<string, Window[]>();
  for (const topic of wanted) {
    const group = committed.find((one) => one.topic === topic)?.partitions ?? [];
    const offsets = await admin.fetchTopicOffsets(topic);
    windows.set(
      topic,
      offsets.map(({ partition, low, high }) => {
        const entry = group.find((one) => one.partition === partition);
        const isOfAnother = isOther(ids.get(topic), entry?.metadata ?? null);
        const offset = isOfAnother ? -1 : Number(entry?.offset ?? -1);
        return {
          partition,
          low: Number(low),
          high: Number(high),
          committed: offset === -1 ? Number(low) : offset,
        };
      }).toSorted((a, b) => a.partition - b.partition),
    );
  }
  return windows;
}

function isOther(topicId: string | undefined, metadata: string | null): boolean {
  const record = decodeRecord(metadata);
  return topicId !== undefined && record?.topicId !== undefined && record.topicId !== topicId;
}
