import { backoff } from "./backoff.ts";
import { ServiceError } from "./errors.ts";

/** How often, and after which errors, work is retried. */
export interface RetryOptions {
  /** @default 5 */
  readonly maxAttempts?: number;
  /** Upper bound of the first wait, in ms; see {@linkcode backoff}. */
  readonly base?: number;
  /** Upper bound of any wait, in ms. */
  readonly max?: number;
  readonly signal?: AbortSignal;
  /** Whether a retry may help. @default always */
  readonly isRetriable?: (error: unknown) => boolean;
  /** Called before each retry with the error and the number of attempts so far. */
  readonly onRetry?: (error: unknown, attempt: number) => Promise<void> | void;
  /** Waits before a retry. @default back-off with jitter */
  readonly wait?: (attempt: number, options: WaitOptions) => Promise<void>;
}

interface WaitOptions {
  base?: number;
  max?: number;
  signal?: AbortSignal;
}

/**
 * Retries work until it succeeds, with back-off between the attempts.
 *
 * @throws the last error, or the first one that no retry can help; what `onRetry` throws;
 *   `signal.reason` when aborted
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { maxAttempts = 5, base, max, signal, isRetriable, onRetry, wait = backoff } = options;
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= maxAttempts || isRetriable?.(error) === false) throw error;
      await onRetry?.(error, attempt);
      await wait(attempt, { base, max, signal });
    }
  }
}

/** Callbacks of a wait. */
export interface Waiting {
  /** Called with the reason before each retry. */
  readonly onWaiting: (why: ServiceError) => void;
  /** Called with the service that was waited for, once it has answered. */
  readonly onResumed: (service: string) => void;
}

/** How a request is retried. */
export interface Retrying extends Waiting {
  /** Turns an error into a user-facing one. */
  readonly explain: (error: unknown) => ServiceError;
  /** Waits before a retry. @default back-off with jitter */
  readonly wait?: (attempt: number, options: { signal: AbortSignal }) => Promise<void>;
}

/**
 * Retries a request until it succeeds, whatever the error: for work that has begun and must not be
 * dropped.
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

/** How long an unknown host name may be that of a container that is starting, in ms. */
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
  { unknownHostMs = UNKNOWN_HOST_MS, wait = backoff }:
    & { unknownHostMs?: number }
    & Pick<Retrying, "wait"> = {},
): Promise<T> {
  const begun = performance.now();
  const explain = (error: unknown): ServiceError => {
    if (!(error instanceof ServiceError && error.canRetry)) throw error;
    if (error.isUnknownHost && performance.now() - begun >= unknownHostMs) throw error;
    return error;
  };
  return await repeat(work, { ...told, explain, wait }, signal);
}

async function repeat<T>(
  work: () => Promise<T>,
  { explain, wait, onWaiting, onResumed }: Required<Retrying>,
  signal: AbortSignal,
): Promise<T> {
  let waitedFor: string | undefined;
  const result = await retry(work, {
    maxAttempts: Infinity,
    signal,
    wait: (attempt) => wait(attempt, { signal }),
    onRetry(error) {
      const why = explain(error);
      // The work uses its services in order: it has got past the earlier ones.
      if (waitedFor !== undefined && waitedFor !== why.service) onResumed(waitedFor);
      waitedFor = why.service;
      onWaiting(why);
    },
  });
  if (waitedFor !== undefined) onResumed(waitedFor);
  return result;
}
