/** Microseconds since 1970, now. */
export function nowMicroseconds(): number {
  return Number(Temporal.Now.instant().epochNanoseconds / 1_000n);
}

let second = -1;
let text = "";

/** Formats microseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC. */
export function formatMicroseconds(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  // Events come in order: most have the second of the one before.
  if (seconds !== second) {
    second = seconds;
    text = new Date(seconds * 1_000).toISOString().slice(0, 20);
  }
  return text + String(microseconds - seconds * 1_000_000).padStart(6, "0");
}
