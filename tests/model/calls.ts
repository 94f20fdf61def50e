import type { Digest } from "./digest.ts";

/** What production code asks of the world. */
export type CallKind =
  | "look"
  | "epoch"
  | "upload"
  | "complete"
  | "find"
  | "has earlier"
  | "abort"
  | "list"
  | "commit"
  | "letter"
  | "wait"
  | "settle pause";

/** A call into the world that waits for its outcome. */
export interface Call {
  readonly kind: CallKind;
  /** What it is about: an upload's id, a partition. */
  readonly about: string;
  /** Who called, what, and about what: the same in every run of a schedule. */
  readonly label: string;
  /** Tells it from other calls of its process with the same label. */
  readonly name: string;
  /** Does it, at the moment that is chosen, and gives its answer. */
  readonly effect: () => unknown;
  readonly signal?: AbortSignal;
  /** Whether it can have no effect any more, and always the same answer. */
  readonly isVain?: () => boolean;
  readonly settle: PromiseWithResolvers<unknown>;
}

/**
 * The calls that one process waits for, and what it has seen: its answers, in their order. Production
 * code is a function of that, so two processes with the same digest are in the same state.
 */
export class Calls {
  readonly pending: Call[] = [];
  #count = 0;

  constructor(readonly owner: string, readonly seen: Digest) {}

  /** Begins again: nothing is left of what was before. */
  reset(): void {
    this.seen.reset();
    this.#count = 0;
  }

  /** Has production code wait for an outcome. */
  make<T>(
    kind: CallKind,
    about: string,
    effect: () => T,
    { signal, isVain }: Pick<Call, "signal" | "isVain"> = {},
  ): Promise<T> {
    const settle = Promise.withResolvers<unknown>();
    if (signal?.aborted) {
      settle.reject(signal.reason);
    } else {
      const label = `${this.owner} ${kind} ${about}`;
      const name = `${++this.#count} ${label}`;
      this.pending.push({ kind, about, label, name, effect, signal, isVain, settle });
    }
    return settle.promise as Promise<T>;
  }

  /** Nobody waits for the answer any more. */
  drop(call: Call): void {
    this.pending.splice(this.pending.indexOf(call), 1);
  }

  /** The answer arrives. */
  answer(call: Call, result: unknown): void {
    this.#take(call, JSON.stringify(result) ?? "");
    call.settle.resolve(result);
  }

  /** An error arrives. */
  fail(call: Call, error: unknown): void {
    this.#take(call, String(error));
    call.settle.reject(error);
  }

  /** Gives up the calls whose signal has aborted, as the clients do. Returns those. */
  giveUp(): Call[] {
    const over = this.pending.filter(({ signal }) => signal?.aborted);
    for (const call of over) this.fail(call, call.signal!.reason);
    return over;
  }

  #take(call: Call, outcome: string): void {
    this.drop(call);
    this.seen.add(call.name).add(outcome);
  }
}
