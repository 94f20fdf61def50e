import type { Admin } from "kafkajs";
import type { Type } from "../../shared/catalogue/events.ts";
import type { Cluster } from "../../shared/kafka/cluster.ts";
import { logEnds } from "../../shared/kafka/log_ends.ts";
import { topicIds } from "../../shared/kafka/topic_ids.ts";
import type { AssignedPartition } from "../landing/assigned_partition.ts";

/**
 * What Kafka knows about all partitions of the topics: the group's committed offset and metadata,
 * the topic's id, and the ends of the log.
 *
 * @param topics the type of each topic
 */
export async function fetchPartitions(
  admin: Admin,
  groupId: string,
  topics: ReadonlyMap<string, Type>,
  cluster: Cluster,
): Promise<AssignedPartition[]> {
  const names = [...topics.keys()];
  const [committed, ids, ends] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: names }),
    topicIds(cluster, names),
    logEnds(cluster, names),
  ]);
  return ends.map((log) => {
    const { topic, partition } = log;
    const entry = committed.find((one) => one.topic === topic)?.partitions
      .find((one) => one.partition === partition);
    return {
      ...log,
      type: topics.get(topic)!,
      topicId: ids.get(topic),
      committed: Number(entry?.offset ?? -1),
      metadata: entry?.metadata ?? null,
    };
  });
}
