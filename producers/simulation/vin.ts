/** Letters and digits of a VIN: I, O and Q are left out, being too like 1 and 0. */
export const VIN_CHARACTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
const LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ";
/** Model years in turn, 30 of them from 1980 (A) and again from 2010 (A). */
const YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789";

/** What each letter counts, in the order of LETTERS; a digit counts itself. */
const LETTER_VALUES = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9];
/** What each position weighs. The check digit's own (the ninth) weighs nothing. */
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/**
 * Makes a vehicle identification number: maker, description, check digit, model year, plant and
 * serial number.
 *
 * Source: ISO 3779; 49 CFR 565.15 (tables III to VII).
 *
 * @param maker the world manufacturer identifier, three characters
 * @param year the model year, 2010 to 2039
 * @param pick gives a whole number from 0 up to and including `max`
 */
export function createVin(maker: string, year: number, pick: (max: number) => number): string {
  const from = (characters: string) => characters[pick(characters.length - 1)]!;
  // Where a passenger car has a letter in the seventh place, its year is 2010 or later.
  const description = from(VIN_CHARACTERS) + from(VIN_CHARACTERS) + from(VIN_CHARACTERS) +
    from(LETTERS) + from(VIN_CHARACTERS);
  const rest = YEARS[(year - 2010) % YEARS.length]! + from(LETTERS) +
    String(pick(999_999)).padStart(6, "0");
  const draft = `${maker}${description}0${rest}`;
  return `${maker}${description}${checkDigit(draft)}${rest}`;
}

/** The check digit that belongs in the ninth place of a VIN of 17 characters. */
export function checkDigit(vin: string): string {
  let sum = 0;
  for (const [index, weight] of WEIGHTS.entries()) {
    const character = vin[index]!;
    const letter = LETTERS.indexOf(character);
    sum += weight * (letter < 0 ? Number(character) : LETTER_VALUES[letter]!);
  }
  const remainder = sum % 11;
  return remainder === 10 ? "X" : String(remainder);
}
