/**
 * A count of what is outstanding: its memory does not grow with what has arrived, so that a batch
 * can wait for millions of dead letters.
 */
export class Outstanding {
  #count = 0;
  #failure: { readonly error: unknown } | undefined;
  #settled: PromiseWithResolvers<void> | undefined;

  /** How many are outstanding. */
  get count(): number {
    return this.#count;
  }

  /** Counts one more until it arrives. One that fails never arrives. */
  add(promise: Promise<unknown>): void {
    this.#count++;
    promise.then(this.#arrived, this.#failed);
  }

  /**
   * Resolves when nothing is outstanding, neither what was added before nor what is added until
   * then.
   *
   * @throws what the first of them failed with, at once
   */
  get settled(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (this.#count === 0) return Promise.resolve();
    this.#settled ??= Promise.withResolvers();
    return this.#settled.promise;
  }

  readonly #arrived = (): void => {
    if (--this.#count > 0) return;
    this.#settled?.resolve();
    this.#settled = undefined;
  };

  readonly #failed = (error: unknown): void => {
    this.#failure ??= { error };
    this.#settled?.reject(error);
    this.#settled = undefined;
  };
}
