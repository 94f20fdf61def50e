import type { OffsetRange } from "../shared/formats/provenance.ts";
import { type Interval, Intervals } from "./intervals.ts";

/** What a file says about the offsets of one partition. */
export interface Claim extends OffsetRange {
  readonly file: string;
}

/** The offsets of a partition that have to be accounted for. */
export interface Window {
  readonly partition: number;
  /** The earliest offset that Kafka still has. */
  readonly low: number;
  /** What the group has committed: everything before it has landed, or needs no landing. */
  readonly committed: number;
  /** The last stable offset: what follows is held back by an open transaction. */
  readonly stable: number;
  /** The end of the log. */
  readonly high: number;
}

/** Two files that claim the same offsets. */
export interface Overlap extends Interval {
  readonly partition: number;
  readonly files: readonly [string, string];
}

/** What files say about the messages of their offsets. */
type Counts = Pick<OffsetRange, "rows" | "repeats" | "deadLetters" | "tombstones">;

/**
 * How a partition's offsets are covered by files: their claims are laid over the offsets that the
 * group has committed, in any order, and none is kept. Pure interval arithmetic.
 *
 * A group that was made when Kafka had deleted the log's beginning has never seen it: the count
 * begins with the oldest offset there is, or with the first claim if that is older. Where Kafka has
 * deleted what the group never read, nothing is left to count.
 */
export class Coverage {
  readonly #covered = new Intervals();
  readonly #twice = new Intervals();
  readonly #sums = { rows: 0, repeats: 0, deadLetters: 0, tombstones: 0 };
  #first = Infinity;

  constructor(readonly window: Window) {}

  /** The first offset that has to be accounted for. */
  get start(): number {
    return Math.min(this.window.low, this.window.committed, this.#first);
  }

  /** The counts of the files. */
  get sums(): Counts {
    return this.#sums;
  }

  /** The number of ranges. */
  get size(): number {
    return this.#covered.size + this.#twice.size;
  }

  /**
   * Whether a claim counts: those that begin at the committed offset, or behind it, have landed
   * since.
   */
  counts({ partition, from }: Claim): boolean {
    return partition === this.window.partition && from < this.window.committed;
  }

  /** Lays a claim that counts over the offsets. */
  add(claim: Claim): void {
    this.#first = Math.min(this.#first, claim.from);
    for (const twice of this.#covered.add(claim)) this.#twice.add(twice);
    for (const name of ["rows", "repeats", "deadLetters", "tombstones"] as const) {
      this.#sums[name] += claim[name];
    }
  }

  /** The committed offsets that no file claims. */
  *holes(): Generator<Interval> {
    yield* this.#covered.gaps({ from: this.start, to: this.window.committed });
  }

  /** Whether any offsets are claimed twice. */
  get overlaps(): boolean {
    return this.#twice.size > 0;
  }

  /** Whether offsets of a claim are claimed by another, too. */
  isTwice(claim: Claim): boolean {
    return this.counts(claim) && this.#twice.count(claim) > 0;
  }
}

/** How many of its messages a file accounts for. */
export function accountedIn({ rows, repeats, deadLetters, tombstones }: Counts): number {
  return rows + repeats + deadLetters + tombstones;
}

/** The offsets that two of a partition's claims have in common, and in which files. */
export function overlapsOf(claims: readonly Claim[]): Overlap[] {
  const sorted = claims.toSorted((a, b) =>
    a.from - b.from || a.to - b.to || (a.file < b.file ? -1 : 1)
  );
  const overlaps: Overlap[] = [];
  let last: Claim | undefined;
  for (const claim of sorted) {
    const { partition, file, from, to } = claim;
    if (last && from < last.to) {
      overlaps.push({ partition, from, to: Math.min(last.to, to), files: [last.file, file] });
    }
    if (!last || to >= last.to) last = claim;
  }
  return overlaps;
}
