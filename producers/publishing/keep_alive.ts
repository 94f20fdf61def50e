import type { Claim } from "../world/claim.ts";

/** How often to check whether a mark is due, in ms. */
const TICK_MS = 1_000;

/**
 * Renews a claim with marks, even while nothing is published. Its timer does not keep the program
 * running.
 *
 * @param onError called with the reason when the claim is lost; an unreachable broker is waited for
 */
export function keepAlive(claim: Claim, onError: (error: unknown) => void): Disposable {
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    claim.mark().catch(onError).finally(() => isBusy = false);
  }, TICK_MS);
  Deno.unrefTimer(timer);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
