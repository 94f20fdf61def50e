import type { Admin } from "kafkajs";

/** A partition's log, and how far the group is. */
export interface PartitionOffsets {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  /** -1 if the group has committed nothing. */
  readonly committed: number;
}

/** Asks for all partitions of a topic. */
export async function fetchPartitionOffsets(
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<PartitionOffsets[]> {
  const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = new Map(
    group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
  );
  return (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
    partition,
    low: Number(low),
    high: Number(high),
    committed: committed.get(partition) ?? -1,
  }));
}
