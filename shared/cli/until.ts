import { pause } from "./backoff.ts";

/**
 * Polls a condition until it holds, or the time is up.
 *
 * @param options.timeout in ms. @default no limit
 * @param options.interval between two polls, in ms. @default 100
 * @returns whether the condition held in time
 * @throws what the condition throws; `signal.reason` when aborted
 */
export async function until(
  condition: () => Promise<boolean> | boolean,
  options: { timeout?: number; interval?: number; signal?: AbortSignal } = {},
): Promise<boolean> {
  const { timeout = Infinity, interval = 100, signal } = options;
  const deadline = performance.now() + timeout;
  while (!await condition()) {
    if (performance.now() >= deadline) return false;
    await pause(interval, signal);
  }
  return true;
}
