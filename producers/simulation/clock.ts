/** Microseconds since 1970, now. */
export function nowMicroseconds(): number {
  return Number(Temporal.Now.instant().epochNanoseconds / 1_000n);
}

const SECONDS_OF_DAY = 86_400;
const TWO = digits(2);
const THREE = digits(3);
let day = NaN;
let date = "";

/** Formats microseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC. */
export function formatMicroseconds(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  const fraction = microseconds - seconds * 1_000_000;
  const ofDay = Math.floor(seconds / SECONDS_OF_DAY);
  // Events are in order: most have the same day as the one before.
  if (ofDay !== day) {
    day = ofDay;
    date = new Date(day * SECONDS_OF_DAY * 1_000).toISOString().slice(0, 11);
  }
  const rest = seconds - day * SECONDS_OF_DAY;
  const minutes = Math.floor(rest / 60);
  const thousandths = Math.floor(fraction / 1_000);
  return `${date}${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[rest % 60]}.${
    THREE[thousandths]
  }${THREE[fraction - thousandths * 1_000]}`;
}

/** All numbers of this many digits, zero-padded. */
function digits(length: number): readonly string[] {
  return Array.from({ length: 10 ** length }, (_, number) => String(number).padStart(length, "0"));
}
