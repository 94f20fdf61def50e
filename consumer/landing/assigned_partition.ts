import type { Type } from "../../shared/catalogue/events.ts";
import type { PartitionRecord } from "../../shared/formats/plan.ts";
import type { LogEnds } from "../../shared/kafka/log_ends.ts";

/** What Kafka knows about a partition that was assigned to this member. */
export interface AssignedPartition extends LogEnds {
  readonly type: Type;
  /** Kafka's id of the topic; undefined where the broker has none. */
  readonly topicId?: string;
  /** The group's committed offset; -1 if there is none. */
  readonly committed: number;
  readonly metadata: string | null;
}

/** Whether what was committed belongs to an earlier topic of the same name. */
export function isOtherTopic(
  { topicId }: AssignedPartition,
  record: PartitionRecord | undefined,
): boolean {
  return topicId !== undefined && record?.topicId !== undefined && record.topicId !== topicId;
}
