import type { Car, Company } from "./company.ts";

/** A car loses so much of its price in its first year, and so much of the rest in each further one. */
const FIRST_YEAR = 0.18;
const FURTHER_YEAR = 0.11;
/** What a used car costs less than a new one of its age, at least. */
const USED = 0.12;

/** What dealers take off at most in each month, in percent: they clear their lots in June and December. */
const SEASON = [6, 4, 4, 3, 5, 11, 6, 4, 3, 4, 9, 12] as const;

/** What a car costs in a round, in cents: by its list price and its age. */
export function priceOf({ dateOf }: Company, car: Car, round: number): number {
  const age = Math.max(0, dateOf(round).year - car.year);
  const kept = age === 0 ? 1 : (1 - FIRST_YEAR) * (1 - FURTHER_YEAR) ** (age - 1);
  return Math.round(car.listPrice * kept * (car.isUsed ? 1 - USED : 1));
}

/** What is taken off a price, in cents: most in the months of clearance. */
export function discountOf({ random, dateOf }: Company, price: number, round: number): number {
  if (random.chance(0.35)) return 0;
  const most = SEASON[dateOf(round).month - 1]! * 100;
  return Math.floor(price * random.between(Math.floor(most / 4), most) / 10_000);
}
