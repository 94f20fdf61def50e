import { until as poll } from "../../shared/cli/until.ts";

/** Waits until a condition holds; fails with `what` after `bound` ms. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  bound = 180_000,
): Promise<void> {
  if (await poll(condition, { timeout: bound, interval: 50 })) return;
  throw new Error(`not within ${bound} ms: ${what}`);
}
