import { UserError } from "./errors.ts";
import { orAborted } from "./or_aborted.ts";

/**
 * Resolves as `promise` does, unless it takes too long: what hangs must not hold up its caller.
 * What the promise does then is ignored.
 *
 * @param options.what who is asked, as a sentence begins: "Kafka"
 * @param options.ms how long it may take, in ms
 * @throws {UserError} when it takes longer; `signal.reason` when aborted
 */
export async function within<T>(
  promise: Promise<T>,
  options: { what: string; ms: number; signal?: AbortSignal },
): Promise<T> {
  const { what, ms, signal } = options;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(noResponse(what, ms)), ms);
  try {
    return await orAborted(promise, AbortSignal.any([late.signal, ...signal ? [signal] : []]));
  } finally {
    clearTimeout(timer);
  }
}

/** The error of what did not respond within `ms` milliseconds. */
export function noResponse(what: string, ms: number): UserError {
  return new UserError(`${what} did not respond within ${ms / 1000} s`);
}
