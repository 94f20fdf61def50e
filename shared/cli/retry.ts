import { backoff } from "./backoff.ts";
import { ServiceError } from "./errors.ts";

/** Callbacks of a wait. */
export interface Waiting {
  /** Called with the reason before each retry. */
  readonly onWaiting: (why: ServiceError) => void;
  /** Called with the service that was waited for, once it has answered. */
  readonly onResumed: (service: string) => void;
}

/** How a request is retried. */
export interface Retrying extends Waiting {
  /** The error as a user needs it. */
  readonly explain: (error: unknown) => ServiceError;
  /** Waits before a further try. @default back-off with jitter */
  readonly wait?: (attempt: number, options: { signal: AbortSignal }) => Promise<void>;
}

/**
 * Retries a request until it succeeds, whatever the error: for work that has begun and must not be dropped.
 *
 * @throws `signal.reason` when the signal aborts, and nothing else
 */
export function retryForever<T>(
  request: () => Promise<T>,
  { explain, wait = backoff, ...told }: Retrying,
  signal: AbortSignal,
): Promise<T> {
  return repeat(request, { explain, wait, ...told }, signal);
}

/** How long an unknown host name may be that of a starting container, in ms. */
const UNKNOWN_HOST_MS = 30_000;

/**
 * Retries work while the service it needs is unavailable, however long that takes.
 * Fails at once where a retry cannot help: wrong keys, a missing bucket. An unknown host name
 * is one of these after 30 s.
 *
 * @param work throws a {@linkcode ServiceError} when a service fails
 * @throws what `work` throws if a retry cannot help; `signal.reason` when the signal aborts
 */
export async function retryWhileUnavailable<T>(
  work: () => Promise<T>,
  told: Waiting,
  signal: AbortSignal,
  { unknownHostMs = UNKNOWN_HOST_MS }: { unknownHostMs?: number } = {},
): Promise<T> {
  const begun = performance.now();
  const explain = (error: unknown): ServiceError => {
    if (!(error instanceof ServiceError && error.canRetry)) throw error;
    if (error.isUnknownHost && performance.now() - begun >= unknownHostMs) throw error;
    return error;
  };
  return await repeat(work, { ...told, explain, wait: backoff }, signal);
}

async function repeat<T>(
  work: () => Promise<T>,
  { explain, wait, onWaiting, onResumed }: Required<Retrying>,
  signal: AbortSignal,
): Promise<T> {
  let waitedFor: string | undefined;
  for (let attempt = 1;; attempt++) {
    signal.throwIfAborted();
    try {
      const result = await work();
      if (waitedFor !== undefined) onResumed(waitedFor);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const why = explain(error);
      // What the work does, it does in order: it has come past the services before.
      if (waitedFor !== undefined && waitedFor !== why.service) onResumed(waitedFor);
      waitedFor = why.service;
      onWaiting(why);
      await wait(attempt, { signal });
    }
  }
}
