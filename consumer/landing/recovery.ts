import type { Type } from "../../shared/catalogue/events.ts";
import type { LogEnds } from "../../shared/kafka/log_ends.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";
import type { PartitionStart } from "./plan_state.ts";
import { locate } from "./locate.ts";
import { keyOf } from "../../shared/formats/file_name.ts";
import { retryForever } from "../../shared/cli/retry.ts";
import { decodeRecord, type PartitionRecord, type PlannedFile } from "../../shared/formats/plan.ts";
import { type Outcome, settle, type SettleWorld, type Void } from "./settle.ts";
import type { Upload } from "./store.ts";

/** What Kafka says of a partition that was assigned to this member. */
export interface AssignedPartition extends LogEnds {
  readonly type: Type;
  /** Kafka's id of the topic; undefined where the broker has none. */
  readonly topicId?: string;
  /** The group's committed offset; -1 if there is none. */
  readonly committed: number;
  readonly metadata: string | null;
}

/** What recovery needs of the world. */
export interface RecoveryWorld extends SettleWorld {
  readonly group: string;
  /**
   * The offset after the last record of a leader epoch, on the log as it is now (KIP-320); undefined
   * where it cannot be told.
   */
  readonly endOfEpoch: (
    topic: string,
    partition: number,
    epoch: number,
  ) => Promise<number | undefined>;
  readonly onRecovered: (key: string) => void;
  /** Something that an operator must know. */
  readonly onWarning: (message: string) => void;
}

/**
 * What a new owner does before it reads on: settles every file that its partitions' plans name and goes
 * on from the plan's end. A file with rows of several partitions may be planned for several new owners;
 * an upload can be completed only once, so whoever comes first makes it.
 *
 * @throws {UserError} when a plan cannot be read; `signal.reason` when the generation ends
 */
export async function recover(
  partitions: readonly AssignedPartition[],
  world: RecoveryWorld,
  signal: AbortSignal,
): Promise<PartitionStart[]> {
  const records = partitions.map(({ metadata }) => decodeRecord(metadata));
  const settled = new Map<string, Settling>();
  return await Promise.all(partitions.map((assigned, i) => start(assigned, records[i])));

  async function start(
    assigned: AssignedPartition,
    record: PartitionRecord | undefined,
  ): Promise<PartitionStart> {
    const { topic, partition, committed, topicId, low } = assigned;
    const common = { topic, partition, topicId, lastName: record?.lastName };
    warnOfGaps(assigned, record);
    if (committed < 0) return { ...common, position: low, voids: [], ahead: false };
    const { position: planEnd, voids } = await settleFiles(assigned, record);
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
    const replaced = record === undefined || record.files.length > 0 ||
      record.topicId !== topicId;
    return {
      ...common,
      position,
      leaderEpoch: epoch,
      voids,
      ahead: replaced || position !== committed,
    };
  }

  /**
   * Settles the files of a plan, in the order of their offsets, up to the first that is no file: later
   * ones would leave a gap. That one and those after it are void.
   */
  async function settleFiles(
    assigned: AssignedPartition,
    record: PartitionRecord | undefined,
  ): Promise<{ position: number; voids: Upload[] }> {
    const { topic, partition } = assigned;
    let position = assigned.committed;
    const files = record?.files ?? [];
    const outcomes: Promise<Outcome>[] = [];
    for (const file of files) {
      const { outcome, known } = settleOnce(assigned, file, record!);
      outcomes.push(outcome);
      // While S3 is asked again about one that it does not know, the next ones are settled, too.
      if (isVoid(await known)) break;
    }
    for (const [i, settling] of outcomes.entries()) {
      const file = files[i]!;
      const key = keyOf(assigned.type, file.name);
      const outcome = await settling;
      if (!isVoid(outcome)) {
        position = file.end;
        continue;
      }
      const again = isOtherTopic(assigned, record)
        ? `the events of ${topic}/${partition} from offset ${position} are lost with the topic, which was deleted`
        : `the events of ${topic}/${partition} from offset ${position} are read again`;
      const later = files.length - 1 - i;
      const repeats = [
        ...(typeof outcome === "object" && outcome.repeats ? ["it was made and moved away"] : []),
        ...(later > 0 ? [`the ${later} files that were planned after it were made`] : []),
      ];
      const why = outcome === "taken"
        ? "was written by another writer while its plan was open"
        : `cannot be completed, as ${outcome.why}`;
      world.onWarning(
        `${key} ${why}: ${again}${
          repeats.length > 0 ? `, and repeated if ${repeats.join(", or if ")}` : ""
        }`,
      );
      const voids = files.slice(i).map(({ name, uploadId }) => ({
        key: keyOf(assigned.type, name),
        uploadId,
      }));
      return { position, voids };
    }
    return { position, voids: [] };
  }

  function settleOnce(
    { type, topic, partition, committed }: AssignedPartition,
    file: PlannedFile,
    { plannedAt, topicId }: PartitionRecord,
  ): Settling {
    let settling = settled.get(file.uploadId);
    if (!settling) {
      const isEarlier = (of: Provenance) => of.group === world.group && of.topic === topic;
      const isOurs = (of: Provenance) =>
        isEarlier(of) && (of.topicId ?? topicId) === (topicId ?? of.topicId) &&
        of.ranges.some((range) =>
          range.partition === partition && range.from >= committed && range.to === file.end
        );
      const key = keyOf(type, file.name);
      const planned = { isOurs, isEarlier, plannedAt: plannedAt * 1000 };
      const unsure = Promise.withResolvers<undefined>();
      const asking = { ...world, onUnsure: () => unsure.resolve(undefined) };
      const outcome = settle({ key, uploadId: file.uploadId }, planned, asking, signal);
      outcome.then(
        (outcome) => outcome === "completed" && world.onRecovered(key),
        () => {/* Whoever awaits it rejects. */},
      );
      settling = { outcome, known: Promise.race([outcome, unsure.promise]) };
      settled.set(file.uploadId, settling);
    }
    return settling;
  }

  /** What is not what this group has committed itself, and what that means. */
  function warnOfGaps(
    { topic, partition, committed, metadata, low }: AssignedPartition,
    record: PartitionRecord | undefined,
  ): void {
    const name = `${topic}/${partition}`;
    if (committed < 0 && low > 0) {
      world.onWarning(
        `${name} begins at offset ${low}: Kafka's retention has deleted the ${low} events before it, and this group has not committed any of them`,
      );
    }
    if (committed >= 0 && !record) {
      world.onWarning(
        `The committed offset ${committed} of ${name} ${
          metadata ? "has metadata that is not ours" : "was set by hand"
        }: reading from there. What is before it and has not landed is skipped, what is after it and has landed is landed again; files that were planned are given up`,
      );
    }
  }
}

/** How a planned upload is being settled. */
interface Settling {
  readonly outcome: Promise<Outcome>;
  /** The outcome, or undefined as soon as it is clear that it takes longer. */
  readonly known: Promise<Outcome | undefined>;
}

/** Whether the upload is no file, so that its rows are read again. */
function isVoid(outcome: Outcome | undefined): outcome is "taken" | Void {
  return outcome === "taken" || typeof outcome === "object";
}

/** Whether what was committed belongs to an earlier topic of the same name. */
function isOtherTopic(
  { topicId }: AssignedPartition,
  record: PartitionRecord | undefined,
): boolean {
  return topicId !== undefined && record?.topicId !== undefined && record.topicId !== topicId;
}
