/** A line that is slower than this is not reckoned with, in bytes a second. */
const SLOWEST = 64 * 1024;
/** What the system may keep of a body that it was given, in bytes. */
const MOST_UNDER_WAY = 8 * 1024 * 1024;

/**
 * Judges whether a peer still answers, by the signs of life that it gives: it takes more of a body, or
 * sends more of its own. How long that goes on does not matter. What was handed over last may still be
 * under way in the system's buffers, where nobody sees it move, so it is given the time for that.
 */
export class Silence {
  #handed = 0;
  #since: number;

  /**
   * @param limit in ms
   * @param now in ms, of a clock that is never set
   */
  constructor(private readonly limit: number, private readonly now: () => number) {
    this.#since = now();
  }

  /** So many bytes of our body were taken. */
  handed(bytes: number): void {
    this.#handed += bytes;
    this.#since = this.now();
  }

  /** Something came from the peer: it has all that we sent. */
  heard(): void {
    this.#handed = 0;
    this.#since = this.now();
  }

  /** For how long there has been no sign of life, in ms. */
  get lasts(): number {
    return this.now() - this.#since;
  }

  /** How much longer it may be silent, in ms; not positive: too long. */
  get rest(): number {
    const underWay = Math.min(this.#handed, MOST_UNDER_WAY) / SLOWEST * 1000;
    return this.limit + underWay - this.lasts;
  }
}
