import type { OffsetRange } from "../shared/provenance.ts";
import type { PartitionCommit } from "./commit.ts";
import { type FileName, laterName, nextName } from "./names.ts";
import { encodedBytes, encodeRecord, METADATA_BYTES, type PlannedFile } from "./plan.ts";

/** Where a partition stands when a generation begins: what recovery found. */
export interface PartitionStart {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly position: number;
  readonly lastName?: FileName;
  /** Whether `position` is beyond what is committed, because a plan was found and completed. */
  readonly ahead: boolean;
}

/** One file of a round, or an advance without a file. */
export interface RoundEntry {
  readonly topic: string;
  readonly ranges: readonly OffsetRange[];
  readonly name: FileName;
  /** The upload that will be the file; none if there are no rows. */
  readonly planned?: Omit<PlannedFile, "end">;
}

/** A plan that no broker would take whole: it was not sent. */
export class PlanTooLong extends Error {
  override name = "PlanTooLong";
}

/** What a name may grow by when it was taken and the next one is planned, in bytes. */
const NAME_GROWTH = 8;

/** A partition's committed state as far as this generation knows it. */
interface Partition {
  readonly topic: string;
  readonly partition: number;
  offset: number;
  lastName?: FileName;
  /** Files were completed, or offsets passed, that the commit does not show yet. */
  dirty: boolean;
}

/**
 * The books of one generation: what is committed for each partition, what is not yet, and which name
 * was given out last. It writes commits but does not send them.
 */
export class Ledger {
  #partitions = new Map<string, Partition>();
  /** By topic; ahead of the partitions' own where names are given out but not planned yet. */
  #lastNames = new Map<string, FileName>();

  constructor(starts: readonly PartitionStart[]) {
    for (const { topic, partition, position, lastName, ahead } of starts) {
      const state = { topic, partition, offset: position, lastName, dirty: ahead };
      this.#partitions.set(`${topic}/${partition}`, state);
      const last = laterName(this.#lastNames.get(topic), lastName);
      if (last) this.#lastNames.set(topic, last);
    }
  }

  /** Whether something has landed, or was passed over, that is not committed. */
  get isDirty(): boolean {
    return [...this.#partitions.values()].some(({ dirty }) => dirty);
  }

  /**
   * Gives out a name for a file of a topic: later than all that its partitions have had.
   *
   * @param at time of the cut, in ms since the epoch
   */
  giveName(topic: string, at: number): FileName {
    const name = nextName(this.#lastNames.get(topic), at);
    this.#lastNames.set(topic, name);
    return name;
  }

  /** How many of the entries, from the first, can be planned in one commit. */
  fitting(entries: readonly RoundEntry[]): number {
    const bytes = new Map<Partition, number>();
    const misfit = entries.findIndex(({ topic, ranges, name, planned }) =>
      ranges.some(({ partition, to }) => {
        const state = this.#state(topic, partition);
        const before = bytes.get(state) ?? emptyRecordBytes(name);
        const sum = before +
          (planned ? encodedBytes({ ...planned, end: to }) + NAME_GROWTH : 0);
        bytes.set(state, sum);
        return sum > METADATA_BYTES;
      })
    );
    return misfit === -1 ? entries.length : misfit;
  }

  /**
   * The one OffsetCommit of a round: it plans the round's files, leaving their offsets where they
   * are, and advances all that is dirty.
   *
   * @param plannedAt seconds since the epoch
   * @throws {PlanTooLong} when a partition's metadata would be longer than a broker takes: it judges
   *   each partition by itself, so the plan would be torn
   */
  commits(round: readonly RoundEntry[], plannedAt: number): PartitionCommit[] {
    const plans = new Map<Partition, PlannedFile[]>();
    for (const state of this.#partitions.values()) if (state.dirty) plans.set(state, []);
    for (const { topic, ranges, name, planned } of round) {
      if (!planned) continue;
      for (const { partition, to } of ranges) {
        const state = this.#state(topic, partition);
        state.lastName = laterName(state.lastName, name);
        if (!plans.has(state)) plans.set(state, []);
        plans.get(state)!.push({ ...planned, end: to });
      }
    }
    return [...plans].map(([{ topic, partition, offset, lastName }, files]) => {
      const at = files.length > 0 ? plannedAt : 0;
      const metadata = encodeRecord({ lastName, files, plannedAt: at });
      if (metadata.length > METADATA_BYTES) {
        throw new PlanTooLong(
          `the plan of ${topic}/${partition} needs ${metadata.length} bytes of commit metadata, ${METADATA_BYTES} is the most`,
        );
      }
      return { topic, partition, offset, metadata };
    });
  }

  /** The commits were taken: what they say is known now. */
  committed(commits: readonly PartitionCommit[]): void {
    for (const { topic, partition } of commits) this.#state(topic, partition).dirty = false;
  }

  /** A round's files are all made: its ends are to be committed next. */
  advance(round: readonly RoundEntry[]): void {
    for (const { topic, ranges } of round) {
      for (const { partition, to } of ranges) {
        const state = this.#state(topic, partition);
        state.offset = to;
        state.dirty = true;
      }
    }
  }

  #state(topic: string, partition: number): Partition {
    return this.#partitions.get(`${topic}/${partition}`)!;
  }
}

/** A record without files, with the longest time that a plan can have. */
function emptyRecordBytes(lastName: FileName): number {
  return encodeRecord({ lastName, files: [], plannedAt: 9_999_999_999 }).length + NAME_GROWTH;
}
