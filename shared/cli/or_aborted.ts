/**
 * Resolves as `promise` does, unless the signal aborts first: libraries' promises take no signals.
 * Rejects with `signal.reason` when it aborts; what the promise does then is ignored.
 */
export async function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return await promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    promise.catch(() => {/* Nobody waits for it now. */});
  }
}
