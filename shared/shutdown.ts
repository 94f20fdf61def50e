import process from "node:process";

/** A terminal and a task runner both deliver the same Ctrl-C: two signals this close are one press. */
const SAME_PRESS_MS = 400;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP (a terminal that was closed) into an abort of the
 * returned signal, and a second SIGINT or SIGTERM into `exit(130)`. Dispose it to give the signals
 * back.
 *
 * @param exit called on the second signal; ends the process at once
 */
export function shutdownSignal(
  exit: (code: number) => void,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      controller.abort(new DOMException("interrupted", "AbortError"));
    } else if (now - first > SAME_PRESS_MS) {
      exit(130);
    }
  };
  // The kernel and the shell each send one when a terminal goes: no second is a wish to end at once.
  const onHangup = () => {
    if (first === undefined) onSignal();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onHangup);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
      process.off("SIGHUP", onHangup);
    },
  };
}
