import type { Type } from "../shared/events.ts";
import type { Provenance } from "../shared/provenance.ts";
import type { PartitionStart } from "./ledger.ts";
import { keyOf } from "./names.ts";
import { type Perseverance, persevere } from "./persevere.ts";
import { decodeRecord, type PlannedFile } from "./plan.ts";
import type { Completion, Store } from "./store.ts";

/** What Kafka says of a partition that was assigned to this member. */
export interface AssignedPartition {
  readonly type: Type;
  readonly topic: string;
  readonly partition: number;
  /** The group's committed offset; -1 if there is none. */
  readonly committed: number;
  readonly metadata: string | null;
  /** The first offset that the log still holds, and the one after its last. */
  readonly low: number;
  readonly high: number;
}

/** What recovery needs of the world. */
export interface RecoveryWorld extends Perseverance {
  readonly store: Store;
  readonly group: string;
  readonly now: () => number;
  readonly onRecovered: (key: string, outcome: Completion) => void;
  /** Something that an operator must know. */
  readonly onWarning: (message: string) => void;
}

/** After this long an upload that is gone may have been aborted by a bucket's lifecycle rule. */
const TRUSTED_SECONDS = 24 * 3600;

/**
 * What a new owner does before it reads on: completes every file that its partitions' plans name and
 * goes on from the plan's end. A file with rows of several partitions may be planned for several new
 * owners; an upload can be completed only once, so whoever comes first makes it.
 *
 * @throws {UserError} when a plan cannot be read; `signal.reason` when the generation ends
 */
export async function recover(
  partitions: readonly AssignedPartition[],
  world: RecoveryWorld,
  signal: AbortSignal,
): Promise<PartitionStart[]> {
  const completions = new Map<string, Promise<Completion>>();
  return await Promise.all(partitions.map(recoverPartition));

  async function recoverPartition(assigned: AssignedPartition): Promise<PartitionStart> {
    const { type, topic, partition, committed } = assigned;
    const record = decodeRecord(assigned.metadata);
    if (!record && assigned.metadata) {
      world.onWarning(
        `The commit metadata of ${topic}/${partition} is not ours: taken as no plan, reading from offset ${committed}`,
      );
    }
    let position = committed;
    for (const file of record?.files ?? []) {
      const key = keyOf(type, file.name);
      const completion = await completeOnce(key, file);
      if (completion === "taken" && !await isLanded(assigned, position, key, file)) {
        world.onWarning(
          `${key} was written by somebody else while its plan was open: the events of ${topic}/${partition} from offset ${position} are read again`,
        );
        break;
      }
      if (
        completion === "gone" && isOld(record!.plannedAt) &&
        !await isLanded(assigned, position, key, file)
      ) {
        world.onWarning(
          `The upload of ${key} vanished before it was completed (a lifecycle rule?): the events of ${topic}/${partition} from offset ${position} are read again, and repeated if the file was made and moved away`,
        );
        break;
      }
      position = file.end;
    }
    return { topic, partition, ...withinLog(assigned, position), lastName: record?.lastName };
  }

  function completeOnce(key: string, file: PlannedFile): Promise<Completion> {
    let completion = completions.get(file.uploadId);
    if (!completion) {
      const upload = { key, uploadId: file.uploadId };
      completion = persevere(() => world.store.complete(upload, signal), world, signal)
        .then((outcome) => {
          world.onRecovered(key, outcome);
          return outcome;
        });
      completions.set(file.uploadId, completion);
    }
    return completion;
  }

  function isOld(plannedAt: number): boolean {
    return world.now() / 1000 - plannedAt >= TRUSTED_SECONDS;
  }

  /**
   * Whether the object is the planned file. Its range begins later than `from` where retention has
   * deleted events in between.
   */
  function isLanded(
    { topic, partition }: AssignedPartition,
    from: number,
    key: string,
    file: PlannedFile,
  ): Promise<boolean> {
    const isOurs = ({ group, topic: source, ranges }: Provenance) =>
      group === world.group && source === topic &&
      ranges.some((range) =>
        range.partition === partition && range.from >= from && range.to === file.end
      );
    return persevere(() => world.store.has(key, isOurs, signal), world, signal);
  }

  /** The log may no longer hold the position: retention has gone past it, or the topic is a new one. */
  function withinLog(
    { topic, partition, committed, low, high }: AssignedPartition,
    position: number,
  ): { position: number; ahead: boolean } {
    if (committed >= 0 && position < low) {
      world.onWarning(
        `${
          low - position
        } events of ${topic}/${partition} were deleted by Kafka's retention before they were read (offsets ${position} to ${
          low - 1
        })`,
      );
    }
    if (position > high) {
      world.onWarning(
        `${topic}/${partition} ends at offset ${high}, before the committed ${position}: the topic was made again, reading it from its start`,
      );
      return { position: low, ahead: true };
    }
    const start = Math.max(position, low);
    return { position: start, ahead: committed >= 0 && start !== committed };
  }
}
