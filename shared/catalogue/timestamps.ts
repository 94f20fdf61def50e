const CANONICAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/;
const ISO_8601 =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?(?: ?Z| ?([+-]\d{2})(?::?(\d{2}))?)?)?$/;

/**
 * The one format of a time in a file, `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC: of a date, or a date and a time,
 * as ISO 8601 and SQL write them (no zone means UTC). Digits behind the microsecond are cut off: rounded,
 * the last of a day would belong to the next one. Undefined if it is none, or does not exist: 30 February,
 * 24:00, a 60th second.
 */
export function canonicalTimestamp(value: string): string | undefined {
  if (CANONICAL.test(value)) return existsInCalendar(value) ? value : undefined;
  const match = ISO_8601.exec(value);
  if (!match) return undefined;
  const [, date, minutes = "00:00", seconds = "00", fraction = "", zoneHours, zoneMinutes = "00"] =
    match;
  const micros = fraction.padEnd(6, "0").slice(0, 6);
  const local = `${date}T${minutes}:${seconds}`;
  if (!existsInCalendar(local)) return undefined;
  if (zoneHours === undefined) return `${local}.${micros}`;
  if (Math.abs(Number(zoneHours)) > MAX_ZONE_HOURS || Number(zoneMinutes) > 59) return undefined;
  const offset = Math.abs(Number(zoneHours)) * 60 + Number(zoneMinutes);
  const utc = Date.parse(`${local}Z`) - (zoneHours.startsWith("-") ? -offset : offset) * 60_000;
  const text = `${new Date(utc).toISOString().slice(0, 19)}.${micros}`;
  // The first and the last year may have been left.
  return CANONICAL.test(text) && existsInCalendar(text) ? text : undefined;
}

/** PostgreSQL's own bound of a zone's offset. */
const MAX_ZONE_HOURS = 15;

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether `YYYY-MM-DDTHH:MM:SS…` exists. By hand, because `Date` rolls 30 February over to March. */
function existsInCalendar(local: string): boolean {
  const month = twoDigits(local, 5);
  const day = twoDigits(local, 8);
  // There is no year 0, neither in history nor in PostgreSQL.
  if (local.startsWith("0000") || month < 1 || month > 12 || day < 1 || day > DAYS[month - 1]!) {
    return false;
  }
  if (month === 2 && day === 29 && !isLeapYear(Number(local.slice(0, 4)))) return false;
  return twoDigits(local, 11) < 24 && twoDigits(local, 14) < 60 && twoDigits(local, 17) < 60;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
