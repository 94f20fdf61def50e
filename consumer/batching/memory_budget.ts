import { type Type, types } from "../../shared/catalogue/events.ts";

/**
 * What every type may always hold, as a part of the whole: one that cannot land fills the rest, and the
 * others still go on.
 */
const RESERVE = 1 / 24;

/** Counts the memory of all open and uploading batches, and of dead letters, against its bound. */
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

  /** Whether a type has to wait before it takes more. What is taken all the same counts. */
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

  /** Counts bytes that are held from now on. */
  take(type: Type, bytes: number): void {
    this.#used += bytes;
    this.#byType.set(type, (this.#byType.get(type) ?? 0) + bytes);
  }

  /** Gives bytes back that are held no more. */
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
