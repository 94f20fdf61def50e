/** Counts the memory of all open and uploading batches against its bound. */
export class Buffer {
  #used = 0;
  #room = Promise.withResolvers<void>();

  /** @param max bytes */
  constructor(readonly max: number) {}

  /** Bytes in use, about. */
  get used(): number {
    return this.#used;
  }

  /** Whether the bound is reached. What is taken all the same counts. */
  get full(): boolean {
    return this.#used >= this.max;
  }

  /** Counts bytes that are held from now on. */
  take(bytes: number): void {
    this.#used += bytes;
  }

  /** Gives bytes back that are held no more. */
  release(bytes: number): void {
    this.#used -= bytes;
    if (!this.full) {
      this.#room.resolve();
      this.#room = Promise.withResolvers();
    }
  }

  /** Resolves when there is room. */
  async room(): Promise<void> {
    while (this.full) await this.#room.promise;
  }
}
