/** The range of Date, in ms before and after the epoch. */
const MOST = 8.64e15;

/** A time as ISO 8601 in UTC; a number out of range, which some writers do send, as that number. */
export function instantText(ms: number): string {
  return Math.abs(ms) <= MOST ? new Date(ms).toISOString() : `${ms} ms`;
}
