/** Gives a further id with a prefix, such as `SALE-A1B2C3D4`: prefix and 8 upper-case hex digits. */
export type Ids = (prefix: string) => string;

/**
 * Makes ids by a counter: no two of the first 2³² have the same digits.
 *
 * @param start where the counter begins, a 32-bit number
 */
export function createIds(start: number): Ids {
  let counter = start;
  return (prefix) => formatId(prefix, counter++);
}

/**
 * The id of a number. It is put through a permutation of all 32-bit numbers, so that different numbers
 * have different digits, without remembering any, and neighbours look nothing like each other. The
 * permutation is the same in every run, so two runs with numbers of their own share no id either, where
 * ids drawn by lot would soon collide.
 *
 * Source of the permutation: the finalizer of MurmurHash3 (fmix32).
 *
 * @param number its lowest 32 bits count
 */
export function formatId(prefix: string, number: number): string {
  return `${prefix}-${permute(number).toString(16).toUpperCase().padStart(8, "0")}`;
}

function permute(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
