import { pause } from "../shared/backoff.ts";

/** What the pace goes by: replaced by a faked one in tests. */
export interface Timer {
  /** A time that only moves on, in ms. */
  now(): number;
  /** Waits; rejects with `signal.reason`. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest wait that timers can do, in ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/**
 * Says when events are due, as how many of each system: the n-th (from 0) at start + n · interval.
 * It does not drift, and what has become late is caught up with. Ends after `count`, or when the
 * signal aborts.
 *
 * @param options.interval in seconds; 0 makes as many due at once as `limit` allows, again and again
 * @param options.count how many in all; endless by default
 * @param options.limit at most so many at once
 */
export async function* pace(
  options: { interval: number; count?: number; limit: number; signal: AbortSignal; timer?: Timer },
): AsyncGenerator<number, void, void> {
  const { interval, count = Infinity, limit, signal } = options;
  const timer = options.timer ?? { now: () => performance.now(), wait: pause };
  const step = interval * 1_000;
  const start = timer.now();
  let done = 0;
  while (done < count && !signal.aborted) {
    const ms = start + done * step - timer.now();
    if (ms > 0) {
      try {
        await timer.wait(Math.min(ms, LONGEST_WAIT_MS), signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      continue;
    }
    const late = step === 0 ? Infinity : Math.floor(-ms / step);
    const due = Math.min(1 + late, limit, count - done);
    done += due;
    yield due;
  }
}
