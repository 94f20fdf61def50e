/**
 * Random numbers, the same for the same seed. Source: mulberry32, Tommy Ettinger, public domain.
 */
export class Random {
  constructor(private state: number) {}

  /** An integer from 0 to `below`, exclusive. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * below);
  }

  /** A random element. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}
