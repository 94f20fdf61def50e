import type { Event, Type } from "../../shared/catalogue/events.ts";
import { nowMicroseconds } from "./clock.ts";
import { flat } from "./profiles.ts";
import { LEAST_STEP } from "./timeline.ts";
import { openSeededWorld } from "../world/seeded_world.ts";

/** The simulated systems of one process, without Kafka. */
export interface Simulation {
  /** The next event of each system, in the order of the catalogue. */
  round(): Event[];
}

/** When seeded events begin unless a start is given, in microseconds: a fixed time. */
export const SEEDED_START = Date.UTC(2026, 0, 1) * 1_000;
/** The interval of seeded events if none is given, in microseconds. */
const SEEDED_STEP = 1_000;

/**
 * Starts the simulated systems. With a seed they give the same events again, times included, and
 * each system the same whichever others run beside it.
 *
 * @param options.interval seconds between the events of a system, for their times
 */
export function createSimulation(
  types: readonly Type[],
  { seed, interval }: { seed?: number; interval: number },
): Simulation {
  const drawn = seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const start = seed === undefined ? nowMicroseconds() : SEEDED_START;
  const world = openSeededWorld(drawn, { start, step: seededStep(interval) }, {
    types,
    curve: flat,
  });
  return { round: () => world.next().map(({ event }) => event) };
}

/** From one round to the next of seeded events, in microseconds. */
export function seededStep(interval: number, speed = 1): number {
  return Math.max(LEAST_STEP, Math.round(interval * speed * 1e6) || SEEDED_STEP);
}
