import { backoff } from "../../shared/cli/backoff.ts";
import { rootMessage } from "../../shared/cli/errors.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";

/**
 * Does something until it succeeds, with back-off in between.
 *
 * @param options.signal ends the waiting at once: rejects with its reason
 * @param options.fatal gives the error to end with, when another try would be in vain
 * @param options.onWait told why, once, when a first try has failed
 * @param options.onBack told when a later one has succeeded
 * @param options.wait waits before a further try; back-off with jitter by default
 */
export async function insist<T>(
  action: () => Promise<T>,
  options: {
    signal: AbortSignal;
    fatal?: (error: unknown) => Promise<Error | undefined> | Error | undefined;
    onWait?: (why: string) => void;
    onBack?: () => void;
    wait?: (attempt: number, options: { max: number; signal: AbortSignal }) => Promise<void>;
  },
): Promise<T> {
  const { signal, fatal, onWait, onBack, wait = backoff } = options;
  for (let attempt = 1;; attempt++) {
    try {
      const result = await orAborted(action(), signal);
      if (attempt > 1) onBack?.();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const end = await fatal?.(error);
      if (end) throw end;
      if (attempt === 1) onWait?.(rootMessage(error));
    }
    await wait(attempt, { max: 3_000, signal });
  }
}
