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

/** Waits `ms` milliseconds; rejects with `signal.reason` when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}
