import type { Admin } from "kafkajs";
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
 * they cover has landed by now, whatever goes on meanwhile.
 *
 * @returns the partitions of each topic that exists
 */
export async function topicWindows(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
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
        const offset = Number(group.find((one) => one.partition === partition)?.offset ?? -1);
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
