import { pause } from "../../shared/cli/backoff.ts";

/** Waits until a condition holds; fails with `what` after `bound` ms. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  bound = 180_000,
): Promise<void> {
  const deadline = performance.now() + bound;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${bound} ms: ${what}`);
    await pause(50);
  }
}
