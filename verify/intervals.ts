/** A range of offsets from `from` to `to`, exclusive. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * A set of offsets, kept as ranges: adjacent ones are merged. So the offsets of a
 * million consecutive files are held as a single range.
 */
export class Intervals {
  /** Ascending, and never touching each other. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  /** The number of ranges. */
  get size(): number {
    return this.#from.length;
  }

  /**
   * Adds a range.
   *
   * @returns what of it was there before
   */
  add({ from, to }: Interval): Interval[] {
    if (from >= to) return [];
    const first = this.#firstEndingAtOrAfter(from);
    let last = first;
    const before: Interval[] = [];
    for (; last < this.size && this.#from[last]! <= to; last++) {
      const part = { from: Math.max(from, this.#from[last]!), to: Math.min(to, this.#to[last]!) };
      if (part.from < part.to) before.push(part);
    }
    const merged = last === first ? { from, to } : {
      from: Math.min(from, this.#from[first]!),
      to: Math.max(to, this.#to[last - 1]!),
    };
    this.#from.splice(first, last - first, merged.from);
    this.#to.splice(first, last - first, merged.to);
    return before;
  }

  /** How many offsets of a range are in it. */
  count({ from, to }: Interval): number {
    let count = 0;
    for (let i = this.#firstEndingAtOrAfter(from); i < this.size && this.#from[i]! < to; i++) {
      count += Math.max(0, Math.min(to, this.#to[i]!) - Math.max(from, this.#from[i]!));
    }
    return count;
  }

  /** The parts of a range that are not in it. */
  *gaps({ from, to }: Interval): Generator<Interval> {
    let next = from;
    for (let i = this.#firstEndingAtOrAfter(from); i < this.size && this.#from[i]! < to; i++) {
      if (next < this.#from[i]!) yield { from: next, to: this.#from[i]! };
      next = Math.max(next, this.#to[i]!);
    }
    if (next < to) yield { from: next, to };
  }

  #firstEndingAtOrAfter(offset: number): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#to[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
