import { backoff } from "./backoff.ts";
import { ServiceError } from "./errors.ts";

/** Who is told of what is waited for. */
export interface Waiting {
  /** Told why before each further try. */
  readonly onWaiting: (why: ServiceError) => void;
  /** Told the service that was waited for, when it has answered. */
  readonly onResumed: (service: string) => void;
}

/** How a request is repeated, and who is told. */
export interface Retrying extends Waiting {
  /** An error as a person needs it. */
  readonly explain: (error: unknown) => ServiceError;
  /** Waits before a further try. @default back-off with jitter */
  readonly wait?: (attempt: number, options: { signal: AbortSignal }) => Promise<void>;
}

/**
 * Tries a request until it succeeds, whatever it fails of: for what was begun, and must not be dropped.
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

/** How long a name that nobody knows may be that of a container that is being started, in ms. */
const UNKNOWN_HOST_MS = 30_000;

/**
 * Does what needs a service as soon as that is there: waits while it is away, however long that takes.
 * Ends at once with what waiting would not change: wrong keys, a bucket that is missing. A host name
 * that nobody knows is one of these after 30 s.
 *
 * @param work throws a {@linkcode ServiceError} where a service does not do what it should
 * @throws what `work` throws that no wait would end; `signal.reason` when the signal aborts
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
