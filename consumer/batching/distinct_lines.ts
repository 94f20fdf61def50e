const LF = 10;
/** Odd, and random for each process: nobody can craft rows that all hash alike. */
const FACTOR = crypto.getRandomValues(new Uint32Array(1))[0]! | 1;

/**
 * Lines of UTF-8 text in arrival order, each terminated by LF, without duplicates. Kept as bytes in
 * one buffer: a set of strings was a third of what a row costs.
 */
export class DistinctLines {
  #bytes = new Uint8Array(1 << 14);
  /** Where each line ends. */
  #ends: number[] = [];
  /** Of each line. */
  #hashes: number[] = [];
  /**
   * An open-addressing hash table of line numbers, from 1; 0 is a free slot. Its length is a power
   * of 2.
   */
  #table = new Int32Array(1 << 8);

  /** How many there are. */
  get count(): number {
    return this.#ends.length;
  }

  /** All of them. Valid until the next is added. */
  get text(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Each as a string, without its end. */
  *[Symbol.iterator](): Generator<string> {
    const decoder = new TextDecoder();
    let from = 0;
    for (const end of this.#ends) {
      yield decoder.decode(this.#bytes.subarray(from, end - 1));
      from = end;
    }
  }

  /**
   * Adds a line, unless it is there.
   *
   * @param length the length of the line in `bytes`. @default all
   * @returns whether it was new
   */
  add(line: Uint8Array, length = line.length): boolean {
    const hash = this.#copy(line, length);
    const slot = this.#slotOf(hash, length);
    if (this.#table[slot] !== 0) return false;
    this.#take(hash, length);
    this.#table[slot] = this.count;
    if (2 * this.count > this.#table.length) this.#grow();
    return true;
  }

  /**
   * Adds a line that takes no part in the search for duplicates, as a part of a longer row.
   */
  addUnseen(line: Uint8Array): void {
    this.#take(this.#copy(line, line.length), line.length);
  }

  get #size(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** Writes a line after the last one, without counting it yet; returns its hash. */
  #copy(line: Uint8Array, length: number): number {
    const to = this.#size;
    if (to + length >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, to + length + 1));
      larger.set(this.text);
      this.#bytes = larger;
    }
    const bytes = this.#bytes;
    let hash = length;
    for (let i = 0; i < length; i++) {
      const byte = line[i]!;
      bytes[to + i] = byte;
      hash = Math.imul(hash, FACTOR) + byte | 0;
    }
    return hash;
  }

  #take(hash: number, length: number): void {
    const end = this.#size + length;
    this.#bytes[end] = LF;
    this.#ends.push(end + 1);
    this.#hashes.push(hash);
  }

  /** The slot that holds the line just copied, or the free one where it belongs. */
  #slotOf(hash: number, length: number): number {
    const mask = this.#table.length - 1;
    let slot = (hash ^ hash >>> 15) & mask;
    for (let line = this.#table[slot]!; line !== 0; line = this.#table[slot]!) {
      if (this.#hashes[line - 1] === hash && this.#isSame(line - 1, length)) break;
      slot = slot + 1 & mask;
    }
    return slot;
  }

  #isSame(line: number, length: number): boolean {
    const bytes = this.#bytes;
    const from = line === 0 ? 0 : this.#ends[line - 1]!;
    if (this.#ends[line]! - from - 1 !== length) return false;
    const last = this.#size;
    for (let i = 0; i < length; i++) if (bytes[from + i] !== bytes[last + i]) return false;
    return true;
  }

  #grow(): void {
    const old = this.#table;
    const table = new Int32Array(2 * old.length);
    for (const line of old) {
      if (line === 0) continue;
      const hash = this.#hashes[line - 1]!;
      let slot = (hash ^ hash >>> 15) & table.length - 1;
      while (table[slot] !== 0) slot = slot + 1 & table.length - 1;
      table[slot] = line;
    }
    this.#table = table;
  }
}
