/** The times that a Date can be, in ms around the epoch. */
const MOST = 8.64e15;

/** A time as ISO 8601 in UTC; a number that is none, which writers do send, as that number. */
export function instantText(ms: number): string {
  return Math.abs(ms) <= MOST ? new Date(ms).toISOString() : `${ms} ms`;
}
