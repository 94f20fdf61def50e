import { decoder } from "../consumer/batching/decode.ts";
import type { Type } from "../shared/catalogue/events.ts";
import type { Cluster } from "../shared/kafka/cluster.ts";
import { readableLogs } from "../shared/kafka/log_ends.ts";
import { readLog, type Stretch } from "../shared/kafka/log_reader.ts";
import { accountedIn, type Claim } from "./coverage.ts";
import { Findings } from "./findings.ts";
import type { Interval } from "./intervals.ts";
import type { LetterIndex } from "./letter_index.ts";
import { counted, formatOffsets } from "./format.ts";

/** What offsets turned out to be that no file accounts for. */
export interface Explained {
  deadLetters: number;
  tombstones: number;
  /** Offsets of transactions: their markers, and what was aborted. */
  markers: number;
  /** Offsets whose records can no longer be read. */
  unprovable: number;
  /**
   * Of those that are unprovable: messages that can only have become dead letters, which are gone.
   */
  expiredLetters: number;
}

/** Offsets of a partition. */
export type Hole = Interval & { readonly partition: number };

/**
 * Looks up in Kafka what a topic's offsets hold that no file accounts for. Only a dead letter, a
 * tombstone or a missing message needs no file. It holds one fetch at a time, however large a hole
 * is.
 */
export class HoleReader {
  readonly sum: Explained = {
    deadLetters: 0,
    tombstones: 0,
    markers: 0,
    unprovable: 0,
    expiredLetters: 0,
  };
  /** Events that are in no file and no dead letter, in words. */
  readonly lost = new Findings();
  /** What can no longer be proved, in words. */
  readonly unprovable = new Findings();
  /** The same for messages whose dead letters may have been deleted. */
  readonly expired = new Findings();
  readonly #decode: ReturnType<typeof decoder>;

  /**
   * @param world.deletedLetters how many records Kafka has deleted from the dead letter topic
   * @param world.signal rejects the reading with its reason
   */
  constructor(
    private readonly world: {
      readonly cluster: Cluster;
      readonly topic: string;
      readonly type: Type;
      readonly letters: LetterIndex;
      readonly deletedLetters: number;
      readonly signal?: AbortSignal;
    },
  ) {
    this.#decode = decoder(world.type);
  }

  /** Examines committed offsets that no file claims. */
  async explain(hole: Hole): Promise<void> {
    const { topic } = this.world;
    const { partition } = hole;
    const lost = new Places(topic, partition);
    const expired = new Places(topic, partition);
    const deleted = new Places(topic, partition);
    let compacted = 0;
    let next = hole.from;
    for await (const stretch of this.#read(hole)) {
      next = stretch.to;
      const letters = this.world.letters.count(topic, partition, stretch);
      if (stretch.gone === "deleted") {
        this.sum.deadLetters += letters;
        deleted.add(stretch, stretch.to - stretch.from - letters);
        continue;
      }
      let found = 0;
      for (const { offset, value } of stretch.messages) {
        const at = { from: Number(offset), to: Number(offset) + 1 };
        if (this.world.letters.count(topic, partition, at) > 0) found++;
        else if (value === null) this.sum.tombstones++;
        else if (this.#isExpired(value)) expired.add(at, 1);
        else lost.add(at, 1);
      }
      this.sum.markers += stretch.markers;
      // A letter's message may have been compacted away since.
      this.sum.deadLetters += letters;
      const { from, to, messages, markers } = stretch;
      compacted += to - from - messages.length - markers - (letters - found);
    }
    if (next < hole.to) {
      const held = { partition, from: next, to: hole.to };
      this.lost.add(`${formatOffsets(topic, held)}: committed, but behind an open transaction`);
    }
    this.sum.unprovable += deleted.count + expired.count;
    this.sum.expiredLetters += expired.count;
    if (deleted.count > 0) {
      this.unprovable.add(
        `${deleted}: ${
          counted(deleted.count, "record")
        } deleted by retention, and in no file and no dead letter`,
      );
    }
    if (expired.count > 0) {
      this.expired.add(
        `${expired}: ${
          counted(expired.count, "message")
        } that cannot be landed, whose dead letters were deleted by retention`,
      );
    }
    if (lost.count > 0) {
      this.lost.add(
        `${lost}: ${lost.count} events are committed, but in neither a file nor a dead letter`,
      );
    }
    this.#compacted(hole, compacted);
  }

  /** Examines the offsets of a file that accounts for fewer messages than it covers. */
  async check(claim: Claim): Promise<void> {
    const { topic } = this.world;
    const accounted = accountedIn(claim);
    const rest = claim.to - claim.from - accounted;
    let [messages, markers, gone] = [0, 0, new Set<Stretch["gone"]>()];
    for await (const stretch of this.#read(claim)) {
      messages += stretch.messages.length;
      markers += stretch.markers;
      gone.add(stretch.gone);
      // The file counted its messages while they were still there.
      if (stretch.gone === "deleted") break;
    }
    const isWhole = !gone.has("deleted");
    if (isWhole && messages > accounted) {
      this.lost.add(
        `${
          formatOffsets(topic, claim)
        }: ${messages} messages, of which ${claim.file} accounts for ${accounted}`,
      );
    }
    const compacted = isWhole && gone.has("compacted") ? Math.max(0, rest - markers) : 0;
    this.sum.markers += rest - compacted;
    this.#compacted(claim, compacted);
  }

  /** Whether a message can only have become a dead letter, which Kafka has deleted since. */
  #isExpired(value: Uint8Array | null): boolean {
    return this.world.deletedLetters > 0 && this.#decode(value).kind === "dead letter";
  }

  #compacted(hole: Hole, count: number): void {
    if (count === 0) return;
    this.lost.add(
      `${formatOffsets(this.world.topic, hole)}: ${
        counted(count, "record")
      } removed by compaction before being landed (an event topic needs cleanup.policy=delete)`,
    );
  }

  #read({ partition, from, to }: Hole): AsyncGenerator<Stretch> {
    const { cluster, topic, signal } = this.world;
    const firstOffset = async () =>
      (await readableLogs(cluster, [topic])).find((log) => log.partition === partition)!.low;
    return readLog(cluster, { topic, partition, from, to }, { firstOffset, signal });
  }
}

/** The number of offsets of a kind, and their range. */
class Places {
  count = 0;
  #from = Infinity;
  #to = 0;

  constructor(private readonly topic: string, private readonly partition: number) {}

  add({ from, to }: Interval, count: number): void {
    if (count === 0) return;
    this.count += count;
    this.#from = Math.min(this.#from, from);
    this.#to = Math.max(this.#to, to);
  }

  toString(): string {
    return formatOffsets(this.topic, { partition: this.partition, from: this.#from, to: this.#to });
  }
}
