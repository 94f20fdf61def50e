import { accountedIn, type Claim, Coverage, overlapsOf, type Window } from "./coverage.ts";
import type { ClaimedFile } from "./claims.ts";
import { Findings } from "./findings.ts";
import { HoleReader } from "./holes.ts";
import { counted, formatOffsets } from "./format.ts";
import type { TopicSum } from "./verification.ts";

/** The number of claims that are compared to name the files of offsets that are in two. */
const MOST_NAMED = 1_000;

/**
 * The proof of one topic: takes the files of the group one by one, in any order and without keeping
 * them, and tells in the end what is missing.
 */
export class TopicProof {
  readonly missing = { count: 0, findings: new Findings() };
  /** Files of a topic of this name that was deleted since. */
  readonly deletedTopic = { files: 0, rows: 0 };
  readonly #parts: readonly Coverage[];
  readonly #named: Claim[] = [];
  readonly #holes: HoleReader;

  constructor(
    private readonly world: ConstructorParameters<typeof HoleReader>[0] & {
      readonly topicId: string | undefined;
    },
    readonly windows: readonly Window[],
  ) {
    this.#parts = windows.map((window) => new Coverage(window));
    this.#holes = new HoleReader(world);
  }

  /** The topic's name. */
  get topic(): string {
    return this.world.topic;
  }

  /** Adds a file of the group and the topic. */
  async add(file: ClaimedFile): Promise<void> {
    if (!this.#isPresent(file)) {
      this.deletedTopic.files++;
      this.deletedTopic.rows += file.rows;
      return;
    }
    for (const [part, claim] of this.#claimsOf(file)) {
      part.add(claim);
      this.#countLetters(claim);
      if (accountedIn(claim) < claim.to - claim.from) await this.#holes.check(claim);
    }
  }

  /**
   * Whether two files claim the same offsets: then {@linkcode nameTwice} needs all files once more.
   */
  get overlaps(): boolean {
    return this.#parts.some(({ overlaps }) => overlaps);
  }

  /** Takes a file again, to tell which ones claim the same offsets. */
  nameTwice(file: ClaimedFile): void {
    if (!this.#isPresent(file)) return;
    for (const [part, claim] of this.#claimsOf(file)) {
      if (part.isTwice(claim) && this.#named.length < MOST_NAMED) this.#named.push(claim);
    }
  }

  /** Looks for what no file claims, once all files were added. */
  async finish(): Promise<void> {
    for (const part of this.#parts) {
      const { partition } = part.window;
      for (const hole of part.holes()) await this.#holes.explain({ partition, ...hole });
    }
  }

  /** What became of the topic's offsets. */
  get sum(): TopicSum {
    const { deadLetters, tombstones, markers, unprovable } = this.#holes.sum;
    const add = (of: (part: Coverage) => number) =>
      this.#parts.reduce((sum, part) => sum + of(part), 0);
    return {
      type: this.world.type,
      published: add(({ window, start }) => window.committed - start),
      landed: add(({ sums }) => sums.rows),
      deadLetters: add(({ sums }) => sums.deadLetters) + deadLetters,
      repeats: add(({ sums }) => sums.repeats),
      tombstones: add(({ sums }) => sums.tombstones) + tombstones,
      empty: markers,
      unprovable,
      lag: add(({ window: { high, committed } }) => Math.max(0, high - committed)),
    };
  }

  /** What does not add up, in words. */
  get problems(): Findings {
    const { topic } = this.world;
    const found = new Findings();
    for (const [, claims] of Map.groupBy(this.#named, ({ partition }) => partition)) {
      for (const overlap of overlapsOf(claims)) {
        found.add(
          `${formatOffsets(topic, overlap)} are in two files: ${
            overlap.files.join(" and ")
          } (where a topic was recreated, the older may be of its predecessor)`,
        );
      }
    }
    for (const { partition, committed, low } of this.windows) {
      if (committed >= low) continue;
      const offsets = formatOffsets(topic, { partition, from: committed, to: low });
      found.add(`${offsets} were deleted by Kafka before they were landed`);
    }
    found.addAll(this.#holes.lost);
    return found;
  }

  /** Messages that became dead letters of which nothing is left but the message. */
  get expired(): { readonly count: number; readonly findings: Findings } {
    return { count: this.#holes.sum.expiredLetters, findings: this.#holes.expired };
  }

  /** What can no longer be proved, in words. */
  get unprovable(): Findings {
    return this.#holes.unprovable;
  }

  /** What open transactions hold back, in words. */
  get heldBack(): string[] {
    return this.windows.filter(({ stable, high }) => stable < high).map((window) => {
      const { partition, stable, high } = window;
      const offsets = formatOffsets(this.world.topic, { partition, from: stable, to: high });
      return `${offsets}: ${
        counted(high - stable, "record")
      } held back by an open transaction, unreadable until it ends`;
    });
  }

  /** A file that lacks its topic's id counts towards the present topic. */
  #isPresent(file: ClaimedFile): boolean {
    const { topicId } = this.world;
    return (file.topicId ?? topicId) === (topicId ?? file.topicId);
  }

  *#claimsOf({ key, ranges }: ClaimedFile): Generator<[Coverage, Claim]> {
    for (const range of ranges) {
      const claim = { file: key, ...range };
      const part = this.#parts.find((part) => part.counts(claim));
      if (part) yield [part, claim];
    }
  }

  #countLetters(claim: Claim): void {
    const { topic, letters } = this.world;
    const { partition, deadLetters, file } = claim;
    const found = deadLetters === 0 ? 0 : letters.count(topic, partition, claim);
    if (found >= deadLetters) return;
    this.missing.count += deadLetters - found;
    this.missing.findings.add(
      `${
        formatOffsets(topic, claim)
      }: ${file} counts ${deadLetters} dead letters, the dead letter topic has ${found}`,
    );
  }
}
