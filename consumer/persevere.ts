import { backoff } from "../shared/backoff.ts";

/** How a request is repeated, and who is told. */
export interface Perseverance {
  /** Told why before each further try, and undefined when the request has succeeded at last. */
  readonly onWaiting: (what: string | undefined) => void;
  /** An error as a person needs it. */
  readonly explain: (error: unknown) => string;
  /** Waits before a further try. @default back-off with jitter */
  readonly wait?: (attempt: number, options: { signal: AbortSignal }) => Promise<void>;
}

/**
 * Tries a request until it succeeds: while S3 or Kafka is away the consumer waits, it drops nothing.
 *
 * @throws `signal.reason` when the signal aborts, and nothing else
 */
export async function persevere<T>(
  request: () => Promise<T>,
  { onWaiting, explain, wait = backoff }: Perseverance,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    signal.throwIfAborted();
    try {
      const result = await request();
      if (attempt > 1) onWaiting(undefined);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      onWaiting(explain(error));
      await wait(attempt, { signal });
    }
  }
}
