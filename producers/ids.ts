/**
 * Makes ids such as `SALE-A1B2C3D4`: a prefix and 8 upper-case hex digits.
 *
 * No two of the first 2³² ids have the same digits, without remembering any: a counter is put
 * through a permutation of all 32-bit numbers. It is the same permutation in every run, so two runs
 * with far-off starts share no id either, where ids drawn by lot would soon collide.
 *
 * Source of the permutation: the finalizer of MurmurHash3 (fmix32).
 *
 * @param start where the counter begins, a 32-bit number
 */
export function createIds(start: number): (prefix: string) => string {
  let counter = start;
  return (prefix) => `${prefix}-${hex(permute(counter++))}`;
}

function permute(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}
