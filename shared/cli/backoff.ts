import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits before a retry: exponential back-off with full jitter.
 * Rejects with `signal.reason` when the signal aborts.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param attempt how many attempts have failed, from 1
 * @param options.base upper bound of the first wait, in ms
 * @param options.max upper bound of any wait, in ms
 */
export async function backoff(
  attempt: number,
  options: { base?: number; max?: number; signal?: AbortSignal; random?: () => number } = {},
): Promise<void> {
  const { base = 200, max = 5_000, signal, random = Math.random } = options;
  const ceiling = Math.min(max, base * 2 ** Math.min(attempt - 1, 16));
  await pause(ceiling / 10 + random() * ceiling * 0.9, signal);
}

/** The longest wait that timers support, in ms; a longer one would be over at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Waits `ms` milliseconds; rejects with `signal.reason` when the signal aborts.
 *
 * @param options.ref whether it keeps the program alive. @default true
 */
export async function pause(
  ms: number,
  signal?: AbortSignal,
  { ref = true }: { ref?: boolean } = {},
): Promise<void> {
  try {
    let left = ms;
    do {
      await delay(Math.min(left, LONGEST_MS), undefined, { signal, ref });
      left -= LONGEST_MS;
    } while (left > 0);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}
