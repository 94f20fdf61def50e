import { rootMessage } from "../../shared/cli/errors.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";
import { retry, type RetryOptions } from "../../shared/cli/retry.ts";

/**
 * Repeats an action until it succeeds, however long Kafka is away, with back-off between attempts.
 *
 * @param options.signal ends it at once: rejects with its reason
 * @param options.fatal returns the error to throw where another attempt cannot help
 * @param options.onWait called once, with the reason, when the first attempt has failed
 * @param options.onRecovered called when a later one has succeeded
 * @param options.wait waits before a retry. @default back-off with jitter
 */
export async function retryThroughOutages<T>(
  action: () => Promise<T>,
  options: {
    signal: AbortSignal;
    fatal?: (error: unknown) => Promise<Error | undefined> | Error | undefined;
    onWait?: (why: string) => void;
    onRecovered?: () => void;
    wait?: RetryOptions["wait"];
  },
): Promise<T> {
  const { signal, fatal, onWait, onRecovered, wait } = options;
  let hasFailed = false;
  const result = await retry(() => orAborted(action(), signal), {
    ...{ maxAttempts: Infinity, max: 3_000, signal, wait },
    async onRetry(error) {
      const end = await fatal?.(error);
      if (end) throw end;
      if (!hasFailed) onWait?.(rootMessage(error));
      hasFailed = true;
    },
  });
  if (hasFailed) onRecovered?.();
  return result;
}
