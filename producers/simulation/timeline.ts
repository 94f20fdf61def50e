import type { Type } from "../../shared/catalogue/events.ts";
import { ORDER, PARTS, type Times } from "./business.ts";
import { type Curve, flat, flatOf, timeOf } from "./profiles.ts";
import { mix } from "./random.ts";

/** From a round on, rounds begin so far apart. All times are in microseconds. */
export interface Stretch {
  /** The first round. */
  readonly round: number;
  /** When it begins, since 1970. */
  readonly start: number;
  /** From one round to the next, where the day has no shape. */
  readonly step: number;
}

/** When the rounds of a business are. */
export interface Timeline {
  /** When an event happens: within its round, in the order in which one event leads to another. */
  readonly times: (type: Type, round: number) => number;
  /** When a round begins; it ends where the next one begins. */
  begin(round: number): number;
}

/** Rounds any shorter would have no room for six events. */
export const LEAST_STEP = 60;

/**
 * Lays the rounds out in time.
 *
 * @param stretches in order of their rounds; the first from round 0 on
 * @param curve the shape of the days
 */
export function createTimeline(
  stretches: readonly Stretch[],
  { curve = flat, seed = 0 }: { curve?: Curve; seed?: number } = {},
): Timeline {
  let at = 0;
  const begin = (round: number) => {
    while (at > 0 && stretches[at]!.round > round) at--;
    while (at + 1 < stretches.length && stretches[at + 1]!.round <= round) at++;
    const { round: first, start, step } = stretches[at]!;
    if (curve === flat) return Math.round(start + (round - first) * step);
    return Math.round(timeOf(curve, flatOf(curve, start) + (round - first) * step));
  };
  const order = Object.fromEntries(ORDER.map((type, index) => [type, index])) as Record<
    Type,
    number
  >;
  let known = -1;
  let from = 0;
  let width = 0;
  /** How far into its round a system's event is. */
  const offsetIn = (round: number, place: number): number => {
    if (place < PARTS.length) {
      const share = mix(seed, round * PARTS.length + place) / 2 ** 32;
      // Each has microseconds of its own, so no two have the same time.
      const first = Math.floor(place / PARTS.length * width);
      const end = Math.floor((place + 1) / PARTS.length * width);
      return first + Math.floor(share * (end - first));
    }
    // Systems that were added share what is left of the last part, each behind the one before.
    const share = mix(mix(seed, place), round) / 2 ** 32;
    const before = offsetIn(round, place - 1);
    return before + Math.floor((width - before) * share);
  };
  return {
    begin,
    times(type, round) {
      if (round !== known) {
        known = round;
        // The next stretch may begin later than the last round of this one ends.
        const { step } = (from = begin(round), stretches[at]!);
        const next = begin(round + 1) - from;
        width = curve === flat ? Math.min(next, step) : next;
      }
      return from + offsetIn(round, order[type]);
    },
  };
}

/** The times of chosen systems only. */
export function timesOf({ times }: Timeline, types: readonly Type[]): Times {
  const wanted = new Set(types);
  return (type, round) => wanted.has(type) ? times(type, round) : undefined;
}
