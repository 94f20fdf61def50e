import { retryForever } from "../../shared/cli/retry.ts";
import { decodeRecord, type PartitionRecord } from "../../shared/formats/plan.ts";
import { type AssignedPartition, isOtherTopic } from "./assigned_partition.ts";
import { locate } from "./locate.ts";
import type { PartitionStart } from "./plan_state.ts";
import { PlannedUploads, type PlanWorld } from "./planned_uploads.ts";
import { settlePlan } from "./settle_plan.ts";

/** What recovery needs from outside. */
export interface RecoveryWorld extends PlanWorld {
  /**
   * The offset after the last record of a leader epoch, on the log as it is now (KIP-320);
   * undefined where it cannot be told.
   */
  readonly endOfEpoch: (
    topic: string,
    partition: number,
    epoch: number,
  ) => Promise<number | undefined>;
}

/**
 * What a new owner does before it reads: settles every file that its partitions' plans name and
 * continues from the plan's end. A file with rows of several partitions may be planned for several
 * new owners; an upload can be completed only once, so whoever comes first completes it.
 *
 * @throws {UserError} when a plan cannot be read; `signal.reason` when the generation ends
 */
export async function recover(
  partitions: readonly AssignedPartition[],
  world: RecoveryWorld,
  signal: AbortSignal,
): Promise<PartitionStart[]> {
  const records = partitions.map(({ metadata }) => decodeRecord(metadata));
  const uploads = new PlannedUploads(world, signal);
  return await Promise.all(
    partitions.map((assigned, i) => startOf(assigned, records[i], { uploads, world, signal })),
  );
}

/** Where a partition is read from, and what its plan leaves to be replaced. */
async function startOf(
  assigned: AssignedPartition,
  record: PartitionRecord | undefined,
  { uploads, world, signal }: {
    uploads: PlannedUploads;
    world: RecoveryWorld;
    signal: AbortSignal;
  },
): Promise<PartitionStart> {
  const { topic, partition, committed, topicId, low } = assigned;
  const common = { topic, partition, topicId, lastName: record?.lastName };
  const gap = gapWarning(assigned, record);
  if (gap) world.onWarning(gap);
  if (committed < 0) return { ...common, position: low, voids: [], ahead: false };
  const { position: planEnd, voids } = await settlePlan(
    assigned,
    record,
    uploads,
    world.onWarning,
  );
  if (isOtherTopic(assigned, record)) {
    world.onWarning(
      `${topic} was deleted and recreated: reading ${topic}/${partition} from its start (offset ${low}), the committed offset ${planEnd} was the old topic's`,
    );
    return { ...common, position: low, voids, ahead: true };
  }
  const epoch = record?.leaderEpoch;
  const end = epoch === undefined
    ? undefined
    : await retryForever(() => world.endOfEpoch(topic, partition, epoch), world, signal);
  const { position, warning } = locate(assigned, planEnd, end);
  if (warning) world.onWarning(warning);
  const replaced = record === undefined || record.files.length > 0 || record.topicId !== topicId;
  return {
    ...common,
    position,
    leaderEpoch: epoch,
    voids,
    ahead: replaced || position !== committed,
  };
}

/** Committed state that is not this group's own, and what that means. */
function gapWarning(
  { topic, partition, committed, metadata, low }: AssignedPartition,
  record: PartitionRecord | undefined,
): string | undefined {
  const name = `${topic}/${partition}`;
  if (committed < 0 && low > 0) {
    return `${name} begins at offset ${low}: Kafka's retention has deleted the ${low} events before it, and this group has not committed any of them`;
  }
  if (committed >= 0 && !record) {
    return `The committed offset ${committed} of ${name} ${
      metadata ? "has metadata that is not ours" : "was set by hand"
    }: reading from there. What is before it and has not landed is skipped, what is after it and has landed is landed again; files that were planned are given up`;
  }
}
