import type { OffsetsByTopicPartition } from "kafkajs";

/** The offset and metadata to commit for one partition. */
export interface PartitionCommit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/**
 * The broker has rejected a whole commit because its generation is over: no part of it was stored.
 */
export class CommitRefused extends Error {
  override name = "CommitRefused";
}

/** Errors with which the group coordinator rejects a commit before it looks at any partition. */
const GENERATION_OVER = new Set([
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "REBALANCE_IN_PROGRESS",
  "FENCED_INSTANCE_ID",
]);

/** Whether a kafkajs error says that the member's generation is over. */
export function isGenerationOver(error: unknown): boolean {
  return GENERATION_OVER.has((error as { type?: string })?.type ?? "");
}

/**
 * Whether a kafkajs error says that the broker has no such topic, or not that many partitions of
 * it.
 */
export function isTopicGone(error: unknown): boolean {
  return (error as { type?: string })?.type === "UNKNOWN_TOPIC_OR_PARTITION";
}

/** Commits as kafkajs takes them. */
export function toOffsets(commits: readonly PartitionCommit[]): OffsetsByTopicPartition {
  const byTopic = Map.groupBy(commits, ({ topic }) => topic);
  return {
    topics: [...byTopic].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition, offset, metadata }) => ({
        partition,
        offset: String(offset),
        metadata,
      })),
    })),
  };
}
