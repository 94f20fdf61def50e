import type { Claim } from "../world/claim.ts";

/** How often it is looked whether it is time to say that this run is alive, in ms. */
const TICK_MS = 1_000;

/**
 * Says again and again how far a run is, also while nothing is published. It keeps no program alive.
 *
 * @param onError told why that cannot be said any more; a broker that is away is waited for
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
