import { nowMicroseconds } from "../simulation/clock.ts";
import type { ProducerOptions } from "../options.ts";
import { SEEDED_START, seededStep } from "../simulation/simulation.ts";
import { LEAST_STEP, type Stretch } from "../simulation/timeline.ts";

/**
 * From one round to the next when events are published as fast as Kafka takes them, in
 * microseconds.
 */
const FASTEST_STEP = LEAST_STEP;

/** When the first rounds of a run take place. */
export interface Plan {
  /** The first stretch of time: in the past with `--backfill` or `--start-time`. */
  readonly first: Omit<Stretch, "round">;
  /** Until when rounds are published as fast as Kafka takes them, in microseconds. */
  readonly pastUntil?: number;
  /** It ends there, and does not go on live. */
  readonly endsThere: boolean;
  /** From one live round to the next, in microseconds. */
  readonly liveStep: number;
}

/** Plans a run: a live round ends when it is published, so no event is from the future. */
export function planOf(options: ProducerOptions, now = nowMicroseconds()): Plan {
  const { interval, seed, startTime, speed, backfill, step } = options;
  const liveStep = interval === 0 ? FASTEST_STEP : micros(interval);
  if (backfill) {
    const start = backfill.from ?? now - backfill.ago!;
    return {
      first: { start, step: step === undefined ? Math.max(liveStep, 1_000) : micros(step) },
      pastUntil: Math.min(now, backfill.to ?? now),
      endsThere: backfill.to !== undefined,
      liveStep,
    };
  }
  if (startTime !== undefined || seed !== undefined) {
    const first = { start: startTime ?? SEEDED_START, step: seededStep(interval, speed) };
    return { first, endsThere: false, liveStep };
  }
  return { first: { start: now - liveStep, step: liveStep }, endsThere: false, liveStep };
}

/** The stretch of a run that continues another one: it begins where that ended, or later. */
export function stretchAfter(end: number, first: Omit<Stretch, "round">): Omit<Stretch, "round"> {
  return { ...first, start: Math.max(first.start, end) };
}

function micros(seconds: number): number {
  return Math.max(LEAST_STEP, Math.round(seconds * 1e6));
}
