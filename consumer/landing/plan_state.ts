import type { PartitionCommit } from "./commit.ts";
import { type FileName, laterName, nextName } from "../../shared/formats/file_name.ts";
import {
  encodedBytes,
  encodeRecord,
  METADATA_BYTES,
  type PlannedFile,
  type TopicIds,
} from "../../shared/formats/plan.ts";
import type { Upload } from "./store.ts";

/** Where a partition stands when a generation begins: what recovery found. */
export interface PartitionStart {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly position: number;
  readonly lastName?: FileName;
  /**
   * Whether what is committed has to be replaced: its position, its plan or its topic is an earlier
   * one.
   */
  readonly ahead: boolean;
  /** Kafka's id of the topic; undefined where the broker has none. */
  readonly topicId?: string;
  /** The leader epoch of the last record before the position, or a later one. */
  readonly leaderEpoch?: number;
  /** Uploads that what is committed names, and that are no files: aborted once it is replaced. */
  readonly voids: readonly Upload[];
}

/** What one partition contributed to a batch, as far as its commit is concerned. */
export interface EntryRange {
  readonly partition: number;
  /** Where it begins: before the end of an earlier one if the log was truncated in between. */
  readonly from: number;
  /** The offset after its last message. */
  readonly to: number;
  /** The leader epoch of that message, or a later one. */
  readonly leaderEpoch?: number;
}

/** One file of a round, or an advance without a file. */
export interface RoundEntry {
  readonly ranges: readonly EntryRange[];
  readonly name: FileName;
  /** The upload that will be the file; none if there are no rows. */
  readonly planned?: Omit<PlannedFile, "end">;
}

/** A plan that no broker would accept completely: it was not sent. */
export class PlanTooLong extends Error {
  override name = "PlanTooLong";
}

/** How much longer a name may be if the first choice is taken, in bytes. */
const NAME_GROWTH = 8;
/** The largest time, and the largest epoch, of a plan. */
const LATEST = 9_999_999_999;

/** A partition's committed state as far as this generation knows it. */
interface Partition {
  readonly partition: number;
  readonly topicId?: string;
  offset: number;
  leaderEpoch?: number;
  lastName?: FileName;
  /** Files were completed, or offsets skipped, that are not in the commit yet. */
  dirty: boolean;
}

/**
 * The state of one topic in one generation: what is committed for each partition, what is not yet,
 * and which name was used last. It builds commits but does not send them.
 */
export class PlanState {
  #partitions = new Map<number, Partition>();
  /** Ahead of the partitions' own where names are in use but not planned yet. */
  #lastName: FileName | undefined;

  readonly #topicIds: TopicIds | undefined;

  /**
   * @param options.lastName all new names are later than this one
   * @param options.topicIds of all the group's topics, to be kept with the offsets
   */
  constructor(
    readonly topic: string,
    starts: readonly PartitionStart[],
    { lastName, topicIds }: { lastName?: FileName; topicIds?: TopicIds } = {},
  ) {
    this.#topicIds = topicIds;
    this.#lastName = lastName;
    for (const { partition, position: offset, ahead: dirty, ...rest } of starts) {
      const { lastName, topicId, leaderEpoch } = rest;
      this.#partitions.set(partition, { partition, topicId, offset, leaderEpoch, lastName, dirty });
      this.#lastName = laterName(this.#lastName, lastName);
    }
  }

  /** Whether something has landed, or was skipped, that is not committed. */
  get isDirty(): boolean {
    return [...this.#partitions.values()].some(({ dirty }) => dirty);
  }

  /**
   * Returns a new name for a file of the topic: later than all that its partitions have had.
   *
   * @param at time of the cut, in ms since the epoch
   */
  giveName(at: number): FileName {
    return this.#lastName = nextName(this.#lastName, at);
  }

  /**
   * How many of the entries, from the first, can be planned in one commit: as many as the metadata
   * holds, and none that begins before the end of another, as the log was truncated in between. Of
   * a plan only the ends are known: should the later one turn out void, its beginning would be
   * passed over.
   */
  fitting(entries: readonly RoundEntry[]): number {
    const bytes = new Map<Partition, number>();
    const ends = new Map<Partition, number>();
    const misfit = entries.findIndex(({ ranges, name, planned }) =>
      ranges.some(({ partition, from, to }) => {
        const state = this.#state(partition);
        if (from < (ends.get(state) ?? 0)) return true;
        ends.set(state, to);
        const before = bytes.get(state) ?? this.#emptyRecordBytes(name, state.topicId);
        const sum = before +
          (planned ? encodedBytes({ ...planned, end: to }) + NAME_GROWTH : 0);
        bytes.set(state, sum);
        return sum > METADATA_BYTES;
      })
    );
    return misfit === -1 ? entries.length : misfit;
  }

  /**
   * The partitions of a round's commit: it plans the round's files, leaving their offsets where
   * they are, and advances all that is dirty.
   *
   * @param plannedAt seconds since the epoch
   * @throws {PlanTooLong} when a partition's metadata would be longer than a broker takes: it
   * judges
   *   each partition by itself, so the plan would be torn
   */
  commits(round: readonly RoundEntry[], plannedAt: number): PartitionCommit[] {
    const plans = new Map<Partition, { files: PlannedFile[]; offset: number; epoch?: number }>();
    for (const state of this.#partitions.values()) {
      if (state.dirty) plans.set(state, { ...state, files: [], epoch: state.leaderEpoch });
    }
    for (const { ranges, name, planned } of round) {
      if (!planned) continue;
      for (const { partition, from, to, leaderEpoch } of ranges) {
        const state = this.#state(partition);
        state.lastName = laterName(state.lastName, name);
        let plan = plans.get(state);
        if (!plan) plans.set(state, plan = { ...state, files: [], epoch: state.leaderEpoch });
        // What is read again from there after the file turned out void is all of the file.
        plan.offset = Math.min(plan.offset, from);
        plan.files.push({ ...planned, end: to });
        plan.epoch = leaderEpoch ?? plan.epoch;
      }
    }
    return [...plans].map(([{ partition, lastName, topicId }, { files, offset, epoch }]) => {
      const at = files.length > 0 ? plannedAt : 0;
      const metadata = encodeRecord({
        lastName,
        files,
        plannedAt: at,
        topicId,
        topicIds: this.#topicIds,
        leaderEpoch: epoch,
      });
      if (metadata.length > METADATA_BYTES) {
        throw new PlanTooLong(
          `the plan of ${this.topic}/${partition} needs ${metadata.length} bytes of commit metadata, ${METADATA_BYTES} is the most`,
        );
      }
      return { topic: this.topic, partition, offset, metadata };
    });
  }

  /** The commits were accepted: this is the committed state now. */
  committed(commits: readonly PartitionCommit[]): void {
    for (const { partition } of commits) this.#state(partition).dirty = false;
  }

  /** All files of a round are completed: its ends are to be committed next. */
  advance(round: readonly RoundEntry[]): void {
    for (const { ranges } of round) {
      for (const { partition, to, leaderEpoch } of ranges) {
        const state = this.#state(partition);
        state.offset = to;
        state.leaderEpoch = leaderEpoch ?? state.leaderEpoch;
        state.dirty = true;
      }
    }
  }

  #state(partition: number): Partition {
    return this.#partitions.get(partition)!;
  }

  /** The most that a record without files can need, in bytes. */
  #emptyRecordBytes(lastName: FileName, topicId: string | undefined): number {
    const most = { plannedAt: LATEST, leaderEpoch: LATEST };
    const record = { lastName, files: [], topicId, topicIds: this.#topicIds, ...most };
    return encodeRecord(record).length + NAME_GROWTH;
  }
}
