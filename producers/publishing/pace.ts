import { pause } from "../../shared/cli/backoff.ts";

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
 * Yields how many events of each system are due: the n-th (from 0) at start + n · interval.
 * It does not drift, and what has become late is caught up with. Ends after `count`, or when the
 * signal aborts.
 *
 * @param options.interval in seconds; 0 makes as many due at once as `limit` allows, again and again
 * @param options.count how many in all; endless by default
 * @param options.limit at most so many at once
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
        await timer.wait(Math.min(ms, LONGEST_WAIT_MS), signal);
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

/** How many from `first` on are due after so many seconds: one at least, `most` at most. */
function countDue(at: (n: number) => number, first: number, seconds: number, most: number): number {
  let due = 1;
  while (due < most && at(first + due) <= seconds) due++;
  return due;
}
