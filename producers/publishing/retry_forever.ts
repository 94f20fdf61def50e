import { backoff } from "../../shared/cli/backoff.ts";
import { rootMessage } from "../../shared/cli/errors.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";

/**
 * Repeats an action until it succeeds, with back-off between attempts.
 *
 * @param options.signal ends it at once: rejects with its reason
 * @param options.fatal returns the error to throw where another attempt cannot help
 * @param options.onWait called once, with the reason, when the first attempt has failed
 * @param options.onRecovered called when a later one has succeeded
 * @param options.wait waits before a further attempt. @default back-off with jitter
 */
export async function retryForever<T>(
  action: () => Promise<T>,
  options: {
    signal: AbortSignal;
    fatal?: (error: unknown) => Promise<Error | undefined> | Error | undefined;
    onWait?: (why: string) => void;
    onRecovered?: () => void;
    wait?: (attempt: number, options: { max: number; signal: AbortSignal }) => Promise<void>;
  },
): Promise<T> {
  const { signal, fatal, onWait, onRecovered, wait = backoff } = options;
  for (let attempt = 1;; attempt++) {
    try {
      const result = await orAborted(action(), signal);
      if (attempt > 1) onRecovered?.();
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
