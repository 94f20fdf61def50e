import type { Admin } from "kafkajs";
import type { Type } from "../shared/events.ts";
import type { AssignedPartition } from "./recovery.ts";

/**
 * What Kafka says of all partitions of the topics: the group's committed offset and metadata, and
 * the ends of the log.
 *
 * @param topics the type of each topic
 */
export async function fetchPartitions(
  admin: Admin,
  groupId: string,
  topics: ReadonlyMap<string, Type>,
): Promise<AssignedPartition[]> {
  const names = [...topics.keys()];
  const [committed, logs] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: names }),
    Promise.all(names.map((topic) => admin.fetchTopicOffsets(topic))),
  ]);
  return names.flatMap((topic, i) => {
    const group = committed.find((entry) => entry.topic === topic)?.partitions ?? [];
    return logs[i]!.map(({ partition, low, high }) => {
      const entry = group.find((entry) => entry.partition === partition);
      return {
        type: topics.get(topic)!,
        topic,
        partition,
        committed: Number(entry?.offset ?? -1),
        metadata: entry?.metadata ?? null,
        low: Number(low),
        high: Number(high),
      };
    });
  });
}
