/** The shape of a week: how busy each of its 168 hours is, from Monday 00:00 UTC on; 1 on the average. */
export interface Curve {
  readonly weights: readonly number[];
  /** What has passed before each hour, in hours of the average; the last is the week. */
  readonly passed: readonly number[];
}

const HOUR = 3_600_000_000;
const WEEK_HOURS = 168;
const WEEK = WEEK_HOURS * HOUR;
/** 1970 began on a Thursday. */
const MONDAY = 3 * 24 * HOUR;

/** All hours alike. */
export const flat: Curve = createCurve(Array(24).fill(1));

/** The shapes that have a name; hours are those of South Africa, two before UTC. */
export const profiles = {
  flat,
  "business-hours": createCurve(
    hours({ 7: 2, 8: 8, 9: 10, 12: 7, 13: 10, 17: 6, 18: 2, 19: 0.5 }),
    {
      saturday: hours({ 8: 4, 9: 6, 13: 1, 14: 0.3 }),
      sunday: hours({ 9: 0.3 }),
    },
  ),
  rush: createCurve(hours({ 0: 0.5, 6: 4, 7: 10, 9: 3, 12: 4, 14: 3, 16: 9, 18: 3, 20: 1 })),
};

/** 24 hours of the day in UTC, out of the local hours from which on a weight holds. */
function hours(from: Readonly<Record<number, number>>): number[] {
  let weight = from[0] ?? 0.2;
  const local = Array.from({ length: 24 }, (_, hour) => weight = from[hour] ?? weight);
  if (from[0] === undefined) local.fill(0.2, 20);
  return [...local.slice(2), ...local.slice(0, 2)];
}

/**
 * Makes a shape out of the weights of a day's hours.
 *
 * @param day 24 numbers of 0 or more, not all of them 0; in UTC
 */
export function createCurve(
  day: readonly number[],
  { saturday = day, sunday = saturday }: {
    saturday?: readonly number[];
    sunday?: readonly number[];
  } = {},
): Curve {
  const week = [day, day, day, day, day, saturday, sunday].flat();
  const mean = week.reduce((sum, weight) => sum + weight, 0) / WEEK_HOURS;
  const weights = week.map((weight) => weight / mean);
  const passed = [0];
  for (const weight of weights) passed.push(passed[passed.length - 1]! + weight);
  return { weights, passed };
}

/** Where a time is if all hours were alike, in microseconds: the curve's own measure of time. */
export function flatOf({ weights, passed }: Curve, time: number): number {
  const week = Math.floor((time + MONDAY) / WEEK);
  const inWeek = (time + MONDAY - week * WEEK) / HOUR;
  const hour = Math.min(WEEK_HOURS - 1, Math.floor(inWeek));
  return week * WEEK + (passed[hour]! + weights[hour]! * (inWeek - hour)) * HOUR;
}

/** The time that is there, the other way round. */
export function timeOf({ weights, passed }: Curve, place: number): number {
  const week = Math.floor(place / WEEK);
  const inWeek = (place - week * WEEK) / HOUR;
  let [low, high] = [0, WEEK_HOURS - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (passed[middle]! <= inWeek) low = middle;
    else high = middle - 1;
  }
  const weight = weights[low]!;
  const share = weight > 0 ? Math.min(1, (inWeek - passed[low]!) / weight) : 0;
  return week * WEEK - MONDAY + (low + share) * HOUR;
}
