import process from "node:process";
import { Interruption, type StopRequest } from "./interruption.ts";

/**
 * A terminal and a task runner both deliver the same Ctrl-C: two signals this close are one key
 * press.
 */
const SAME_PRESS_MS = 400;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP (a terminal that was closed) into an abort of the
 * returned signal, with an {@linkcode Interruption} as its reason. Dispose it to remove the
 * handlers.
 *
 * @param options.onFirst called with the signal, before the abort
 * @param options.onSecond called with a later SIGINT or SIGTERM, which asks to stop at once
 */
export function shutdownSignal(
  options: {
    onFirst?: (by: StopRequest) => void;
    onSecond: (interruption: Interruption) => void;
  },
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = (by: StopRequest) => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      options.onFirst?.(by);
      controller.abort(new Interruption(by));
    } else if (now - first > SAME_PRESS_MS) {
      options.onSecond(new Interruption(by));
    }
  };
  const listeners: Record<StopRequest, () => void> = {
    SIGINT: () => onSignal("SIGINT"),
    SIGTERM: () => onSignal("SIGTERM"),
    // The kernel and the shell each send one when a terminal closes: a second one asks for nothing
    // more.
    SIGHUP: () => first === undefined && onSignal("SIGHUP"),
  };
  const all = Object.entries(listeners);
  for (const [name, listener] of all) process.on(name, listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of all) process.off(name, listener);
    },
  };
}
