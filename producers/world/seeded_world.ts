import { mix } from "../simulation/random.ts";
import type { Stretch } from "../simulation/timeline.ts";
import { openWorld, type World, type WorldOptions } from "./world.ts";

/** What makes the world of a seed this one. */
export function seededIdentity(seed: number, { start, step }: { start: number; step: number }) {
  return { seed, base: mix(seed, 0), start, step };
}

/**
 * Opens the world of a seed at its beginning, whatever of it is published.
 *
 * @param first when its rounds are
 */
export function openSeededWorld(
  seed: number,
  first: Omit<Stretch, "round">,
  options: Pick<WorldOptions, "types" | "curve" | "onPast">,
): World {
  return openWorld({
    ...options,
    identity: seededIdentity(seed, first),
    stretches: new Map(options.types.map((type) => [type, [{ ...first, round: 0 }]])),
  });
}
