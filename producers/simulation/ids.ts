/**
 * The id of a number. It is put through a permutation of all 32-bit numbers, so that different
 * numbers have different digits, without remembering any, and neighbours look nothing like each
 * other. The permutation is the same in every run, so two runs with numbers of their own share no
 * id either, where random ids would soon collide.
 *
 * Source of the permutation: the finalizer of MurmurHash3 (fmix32).
 *
 * @param number its lowest 32 bits count
 */
export function formatId(prefix: string, number: number): string {
  const value = permute(number);
  return `${prefix}-${HEX[value >>> 24]}${HEX[value >>> 16 & 255]}${HEX[value >>> 8 & 255]}${
    HEX[value & 255]
  }`;
}

/** The two digits of each byte. */
const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"),
);

function permute(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The inverse: the number of an id; undefined if it is not in our form. */
export function numberOf(id: string): number | undefined {
  const digits = /^[A-Z]+-([0-9A-F]{8})$/.exec(id)?.[1];
  if (digits === undefined) return undefined;
  // The multiplications are undone by the inverses of their factors modulo 2³².
  let value = parseInt(digits, 16) | 0;
  value ^= value >>> 16;
  value = Math.imul(value, 0x7ed1b41d);
  value ^= value >>> 13 ^ value >>> 26;
  value = Math.imul(value, 0xa5cb9243);
  return (value ^ value >>> 16) >>> 0;
}
