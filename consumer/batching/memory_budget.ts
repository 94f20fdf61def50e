import { type Type, types } from "../../shared/catalogue/events.ts";

/**
 * The share of the whole that every type may always use: one that cannot land fills the rest, and
 * the others still continue.
 */
const RESERVE = 1 / 24;

/** Counts the memory of all open and uploading batches, and of dead letters, against a limit. */
export class MemoryBudget {
  #used = 0;
  #byType = new Map<Type, number>();
  #room = Promise.withResolvers<void>();

  /** @param max bytes */
  constructor(readonly max: number) {}

  /** Bytes in use, about. */
  get used(): number {
    return this.#used;
  }

  /** Whether a type has to wait before it takes more. What it takes anyway is counted. */
  isFull(type: Type): boolean {
    const reserve = this.max * RESERVE;
    if (this.#used < this.max - types.length * reserve) return false;
    if ((this.#byType.get(type) ?? 0) < reserve) return false;
    let kept = 0;
    for (const other of types) {
      if (other !== type) kept += Math.max(0, reserve - (this.#byType.get(other) ?? 0));
    }
    return this.#used + kept >= this.max;
  }

  /** Counts bytes as used. */
  take(type: Type, bytes: number): void {
    this.#used += bytes;
    this.#byType.set(type, (this.#byType.get(type) ?? 0) + bytes);
  }

  /** Releases bytes. */
  release(type: Type, bytes: number): void {
    this.take(type, -bytes);
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  /** Resolves when there is room for a type. */
  async room(type: Type): Promise<void> {
    while (this.isFull(type)) await this.#room.promise;
  }
}
