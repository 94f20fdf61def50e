import type { Digest } from "./digest.ts";

/** The calls that production code makes into the model. */
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

/** A pending call into the model. */
export interface Call {
  readonly kind: CallKind;
  /** Its subject: an upload's id, a partition. */
  readonly about: string;
  /** Caller, kind and subject: the same in every run of a schedule. */
  readonly label: string;
  /** Distinguishes it from other calls of the same process with the same label. */
  readonly name: string;
  /** Carries it out when its turn comes, and returns the response. */
  readonly effect: () => unknown;
  readonly signal?: AbortSignal;
  /** Whether it can no longer have an effect, and always gets the same response. */
  readonly isMoot?: () => boolean;
  readonly settle: PromiseWithResolvers<unknown>;
}

/**
 * The pending calls of one process, and a digest of the responses it has seen, in order. Production
 * code is a function of these, so two processes with the same digest are in the same state.
 */
export class Calls {
  readonly pending: Call[] = [];
  #count = 0;

  constructor(readonly owner: string, readonly seen: Digest) {}

  /** Starts over with an empty history. */
  reset(): void {
    this.seen.reset();
    this.#count = 0;
  }

  /** Registers a call, for production code to await. */
  make<T>(
    kind: CallKind,
    about: string,
    effect: () => T,
    { signal, isMoot }: Pick<Call, "signal" | "isMoot"> = {},
  ): Promise<T> {
    const settle = Promise.withResolvers<unknown>();
    if (signal?.aborted) {
      settle.reject(signal.reason);
    } else {
      const label = `${this.owner} ${kind} ${about}`;
      const name = `${++this.#count} ${label}`;
      this.pending.push({ kind, about, label, name, effect, signal, isMoot, settle });
    }
    return settle.promise as Promise<T>;
  }

  /** Removes a call whose response nobody awaits any more. */
  drop(call: Call): void {
    this.pending.splice(this.pending.indexOf(call), 1);
  }

  /** Delivers the response. */
  answer(call: Call, result: unknown): void {
    this.#take(call, JSON.stringify(result) ?? "");
    call.settle.resolve(result);
  }

  /** Delivers an error. */
  fail(call: Call, error: unknown): void {
    this.#take(call, String(error));
    call.settle.reject(error);
  }

  /** Rejects the calls whose signal has aborted, as the clients do, and returns them. */
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
