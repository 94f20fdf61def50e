import type { Admin } from "kafkajs";
import { decodeRecord } from "../shared/formats/plan.ts";
import { ensureCoordinator } from "../shared/kafka/client.ts";
import type { Cluster } from "../shared/kafka/cluster.ts";
import { readableLogs } from "../shared/kafka/log_ends.ts";
import type { Window } from "./coverage.ts";

/**
 * How far the group has committed the topics, and what they contain. The commits are read first:
 * what they cover has landed by now, whatever goes on meanwhile. What the group has committed of a
 * topic that was deleted since covers nothing of the recreated one.
 *
 * @param topics those that exist
 * @param ids the topics' ids, of those that have one
 * @returns the partitions of each topic, in their order
 */
export async function topicWindows(
  { admin, cluster }: { admin: Admin; cluster: Cluster },
  groupId: string,
  topics: readonly string[],
  ids: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<Map<string, Window[]>> {
  await ensureCoordinator(admin, groupId, signal);
  if (topics.length === 0) return new Map();
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
  const logs = await readableLogs(cluster, topics);
  return new Map(topics.map((topic) => {
    const group = committed.find((one) => one.topic === topic)?.partitions ?? [];
    const windows = logs.filter((log) => log.topic === topic).map((log): Window => {
      const { partition, low, stable, high } = log;
      const entry = group.find((one) => one.partition === partition);
      const isOfAnother = isOther(ids.get(topic), entry?.metadata ?? null);
      const offset = isOfAnother ? -1 : Number(entry?.offset ?? -1);
      return { partition, low, stable, high, committed: offset === -1 ? low : offset };
    });
    return [topic, windows];
  }));
}

function isOther(topicId: string | undefined, metadata: string | null): boolean {
  const record = decodeRecord(metadata);
  return topicId !== undefined && record?.topicId !== undefined && record.topicId !== topicId;
}
