/**
 * A signal that aborts some time after another one, or from now if that has already aborted. It
 * does not keep the program alive.
 *
 * @param ms how much later
 */
export function later(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const begin = () => {
    const late = () => controller.abort(new Error(`no answer for ${ms / 1_000} s`));
    Deno.unrefTimer(setTimeout(late, ms));
  };
  if (signal.aborted) begin();
  else signal.addEventListener("abort", begin, { once: true });
  return controller.signal;
}
