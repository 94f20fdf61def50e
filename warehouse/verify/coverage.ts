import type { OffsetRange } from "../../shared/formats/provenance.ts";

/** What a file says of the offsets of one partition. */
export interface Claim extends OffsetRange {
  readonly file: string;
}

/** The offsets of a partition that have to be accounted for. */
export interface Window {
  readonly partition: number;
  /** The oldest offset that Kafka still has. */
  readonly low: number;
  /** What the group has committed: everything before it has landed, or needs no landing. */
  readonly committed: number;
  /** The end of the log. */
  readonly high: number;
}

/** Offsets of a partition that no file claims, or that a file claims without saying what they hold. */
export interface Hole {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** Messages that a file has accounted for in there; 0 where no file claims it. */
  readonly accounted: number;
  /** Undefined: no file claims it. */
  readonly file?: string;
}

/** Two files that claim the same offsets. */
export interface Overlap {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly files: readonly [string, string];
}

/** How a partition's offsets are covered by files. */
export interface Coverage {
  /** The first offset that has to be accounted for. */
  readonly start: number;
  /** The claims that begin before the committed offset; later ones have landed since. */
  readonly claims: readonly Claim[];
  readonly holes: readonly Hole[];
  readonly overlaps: readonly Overlap[];
}

/**
 * Lays a partition's claims over the offsets that the group has committed. Pure interval arithmetic.
 *
 * A group that was made when Kafka had deleted the log's beginning has never seen it: the count begins
 * with the oldest offset there is, or with the first claim if that is older. Where Kafka has deleted
 * what the group never read, nothing is left to count.
 *
 * @param claims of this partition, in any order
 */
export function cover({ partition, low, committed }: Window, claims: readonly Claim[]): Coverage {
  const counted = claims.filter(({ from }) => from < committed)
    .toSorted((a, b) => a.from - b.from || a.to - b.to || (a.file < b.file ? -1 : 1));
  const start = Math.min(low, committed, counted[0]?.from ?? low);
  const holes: Hole[] = [];
  const overlaps: Overlap[] = [];
  let end = start;
  let last: Claim | undefined;
  for (const claim of counted) {
    const { file, from, to, rows, repeats, deadLetters, tombstones } = claim;
    if (from > end) holes.push({ partition, from: end, to: from, accounted: 0 });
    if (from < end && last) {
      overlaps.push({ partition, from, to: Math.min(end, to), files: [last.file, file] });
    }
    const accounted = rows + repeats + deadLetters + tombstones;
    if (accounted < to - from) holes.push({ partition, from, to, accounted, file });
    if (to >= end) last = claim;
    end = Math.max(end, to);
  }
  if (committed > end) holes.push({ partition, from: end, to: committed, accounted: 0 });
  return { start, claims: counted, holes, overlaps };
}
