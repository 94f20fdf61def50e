import { canonicalTimestamp } from "../../shared/catalogue/timestamps.ts";

/** What the rows of a file say about a column whose dates have the year last. */
export type DateOrder = "day first" | "month first" | "unknown" | "contradictory";

/** What a column is known to hold. */
export interface TimeContext {
  /** The zone for times without one: an IANA name. */
  readonly zone: string;
  /** Whether midnight is a day, not a moment. */
  readonly isDay: boolean;
  /** Undefined before a survey. */
  readonly order: DateOrder | undefined;
}

/** A text that is a time, but not which; in words that follow "it is …". */
export interface Unclear {
  readonly unclear: string;
}

/** It is not known yet whether a column has the day or the month first. */
export const UNDECIDED = Symbol("undecided");

/**
 * A time as other writers write it, in the canonical form and in UTC: ISO 8601 and SQL, the year
 * first with slashes, day and month first where the column leaves no doubt which, seconds and
 * milliseconds since 1970.
 *
 * @returns undefined if it is none
 */
export function readTime(
  text: string,
  context: TimeContext,
): string | Unclear | typeof UNDECIDED | undefined {
  const canonical = canonicalTimestamp(text);
  if (canonical !== undefined) {
    return ZONED.test(text) ? canonical : inUtc(canonical, text, context);
  }
  const epoch = readEpoch(text);
  if (epoch !== undefined) return epoch;
  const yearFirst = YEAR_FIRST.exec(text);
  if (yearFirst) {
    const [, year, month, day, time = ""] = yearFirst;
    return local(`${year}-${two(month!)}-${two(day!)}${clock(time)}`, text, context);
  }
  const parts = yearLast(text);
  if (!parts) return undefined;
  if (parts.dayFirst === parts.monthFirst) {
    return parts.dayFirst && local(parts.dayFirst, text, context);
  }
  switch (context.order) {
    case undefined:
      return UNDECIDED;
    case "day first":
      return parts.dayFirst && local(parts.dayFirst, text, context);
    case "month first":
      return parts.monthFirst && local(parts.monthFirst, text, context);
    case "unknown":
      return {
        unclear:
          "which is ambiguous: no date of the column shows whether the day or the month is first",
      };
    default:
      return { unclear: "and other dates of the column have day and month the other way round" };
  }
}

/** What a text says of the order in its column: undefined if it may be both, or is no such date. */
export function orderOf(text: string): "day first" | "month first" | undefined {
  const { dayFirst, monthFirst } = yearLast(text) ?? {};
  if (dayFirst && !monthFirst) return "day first";
  if (monthFirst && !dayFirst) return "month first";
  return undefined;
}

/** A date and a time with a zone, or one that is canonical already. */
const ZONED = /:\d{2}(?:\.\d+)? ?(?:Z|[+-]\d{2}(?::?\d{2})?)$/;
const TIME = String.raw`(?:[T ]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?`;
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})[/.](\d{1,2})[/.](\d{1,2})${TIME}$`);
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})${TIME}$`);

/** Both ways to read a date that has the year last; each undefined if there is no such day. */
function yearLast(text: string): { dayFirst?: string; monthFirst?: string } | undefined {
  const [, first, , second, year, time = ""] = YEAR_LAST.exec(text) ?? [];
  if (first === undefined) return undefined;
  const dayFirst = `${year}-${two(second!)}-${two(first)}${clock(time)}`;
  const monthFirst = `${year}-${two(first)}-${two(second!)}${clock(time)}`;
  return {
    ...(canonicalTimestamp(dayFirst) && { dayFirst }),
    ...(canonicalTimestamp(monthFirst) && { monthFirst }),
  };
}

function two(digits: string): string {
  return digits.padStart(2, "0");
}

function clock(time: string): string {
  return time === "" ? "" : `T${time.padStart(time.indexOf(":") === 1 ? time.length + 1 : 0, "0")}`;
}

function local(iso: string, text: string, context: TimeContext): string | Unclear | undefined {
  const canonical = canonicalTimestamp(iso);
  return canonical && inUtc(canonical, text, context);
}

/** From 2001 to 2286: no other time has this many digits. */
const SECONDS = /^\d{10}(?:\.\d{1,6})?$/;
const MILLISECONDS = /^\d{13}$/;

function readEpoch(text: string): string | undefined {
  if (SECONDS.test(text)) {
    const [seconds, fraction = ""] = text.split(".");
    return new Date(Number(seconds) * 1000).toISOString().slice(0, 19) +
      `.${fraction.padEnd(6, "0")}`;
  }
  if (!MILLISECONDS.test(text)) return undefined;
  return new Date(Number(text)).toISOString().replace("Z", "000");
}

/**
 * A time without a zone in UTC. A day has no zone: midnight of it would be the day before
 * elsewhere.
 */
function inUtc(
  canonical: string,
  text: string,
  { zone, isDay }: TimeContext,
): string | Unclear | undefined {
  const hasClock = text.includes(":");
  const isMidnight = canonical.endsWith("T00:00:00.000000");
  if (zone === "UTC" || !hasClock || isDay && isMidnight) return canonical;
  const time = Temporal.PlainDateTime.from(canonical);
  const early = time.toZonedDateTime(zone, { disambiguation: "earlier" });
  const late = time.toZonedDateTime(zone, { disambiguation: "later" });
  if (early.epochNanoseconds === late.epochNanoseconds) {
    const utc = early.withTimeZone("UTC").toPlainDateTime();
    // The first and the last year may have been left.
    return canonicalTimestamp(utc.toString({ fractionalSecondDigits: 6 }));
  }
  const isGap = early.toPlainDateTime().toString() !== time.toString();
  return {
    unclear: isGap
      ? `which does not exist in ${zone}: clocks go forward then`
      : `which is ambiguous in ${zone}: clocks go back then (write it with its zone)`,
  };
}
