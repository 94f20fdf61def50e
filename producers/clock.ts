/** Gives the time of the next event, `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC. */
export type Clock = () => string;

/** When seeded events begin: a fixed time, so that the same seed gives the same events. */
const SEEDED_START_MS = Date.UTC(2026, 0, 1);
/** How far apart seeded events are when there is no interval between them. */
const SEEDED_STEP_MS = 1;

/** The time now. */
export const systemClock: Clock = () =>
  formatMicroseconds(Number(Temporal.Now.instant().epochNanoseconds / 1_000n));

/**
 * A clock that begins at a fixed time and moves on by the interval at each call.
 *
 * @param interval in seconds
 */
export function seededClock(interval: number): Clock {
  const step = interval * 1_000 || SEEDED_STEP_MS;
  let calls = 0;
  // A multiple, not a sum, so that rounding does not pile up.
  return () => formatMicroseconds(Math.round((SEEDED_START_MS + step * calls++) * 1_000));
}

/** Formats microseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.ffffff`. */
export function formatMicroseconds(microseconds: number): string {
  const milliseconds = Math.floor(microseconds / 1_000);
  const rest = microseconds - milliseconds * 1_000;
  return new Date(milliseconds).toISOString().slice(0, 23) + String(rest).padStart(3, "0");
}
