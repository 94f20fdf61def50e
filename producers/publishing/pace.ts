import { pause } from "../../shared/cli/backoff.ts";

/** The clock of the pace; tests use a fake one. */
export interface Timer {
  /** Monotonic time, in ms. */
  now(): number;
  /** Waits; rejects with `signal.reason`. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Yields how many events of each system are due: the n-th (from 0) at start + n · interval.
 * It does not drift, and catches up when late. Ends after `count`, or when the
 * signal aborts.
 *
 * @param options.interval in seconds; with 0, `limit` events are due at once, again and again
 * @param options.count how many in all; endless by default
 * @param options.limit the most at once
 * @param options.at when the n-th is due, in s after the start, in place of n · interval
 */
export async function* pace(
  options: {
    interval: number;
    count?: number;
    limit: number;
    signal: AbortSignal;
    timer?: Timer;
    at?: (n: number) => number;
  },
): AsyncGenerator<number, void, void> {
  const { interval, count = Infinity, limit, signal, at } = options;
  const timer = options.timer ?? { now: () => performance.now(), wait: pause };
  const step = interval * 1_000;
  const start = timer.now();
  let done = 0;
  while (done < count && !signal.aborted) {
    const ms = start + (at ? at(done) * 1_000 : done * step) - timer.now();
    if (ms > 0) {
      try {
        await timer.wait(ms, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      continue;
    }
    const most = Math.min(limit, count - done);
    const due = at
      ? countDue(at, done, (timer.now() - start) / 1_000, most)
      : Math.min(1 + (step === 0 ? Infinity : Math.floor(-ms / step)), most);
    done += due;
    yield due;
  }
}

/** How many from `first` on are due after this many seconds: at least one, at most `most`. */
function countDue(at: (n: number) => number, first: number, seconds: number, most: number): number {
  let due = 1;
  while (due < most && at(first + due) <= seconds) due++;
  return due;
}
