import { InvalidArgumentError } from "commander";
import { canonicalTimestamp } from "../../shared/catalogue/timestamps.ts";
import { nowMicroseconds } from "../simulation/clock.ts";

/** The past to publish before going live; in microseconds since 1970, or before now. */
export interface Backfill {
  readonly from?: number;
  readonly ago?: number;
  /** Where it ends without going live; if absent, it ends now and continues live. */
  readonly to?: number;
}

const UNITS = { s: 1e6, m: 60e6, h: 3_600e6, d: 86_400e6 } as const;

/** An option's value: `90d`, `12h`, `FROM..TO` or `FROM..`. */
export function parseBackfill(value: string): Backfill {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(value) ?? [];
  if (number !== undefined && Number(number) > 0) {
    const ago = Number(number) * UNITS[unit as keyof typeof UNITS];
    if (ago <= nowMicroseconds()) return { ago };
    throw new InvalidArgumentError("The business would begin before 1970. Use a shorter time.");
  }
  const [from, to, ...more] = value.split("..");
  if (to === undefined || more.length > 0) {
    throw new InvalidArgumentError(
      "Use a duration such as 90d or 12h, FROM..TO, or FROM.. (until now).",
    );
  }
  const span = { from: parseTime(from!), to: to === "" ? undefined : parseTime(to) };
  if (span.to === undefined || span.from < span.to) return span;
  throw new InvalidArgumentError("FROM has to be before TO.");
}

/** An option's value: a time in UTC, in microseconds since 1970. */
export function parseTime(value: string): number {
  const text = canonicalTimestamp(value);
  if (text !== undefined) {
    return Date.parse(`${text.slice(0, 23)}Z`) * 1_000 + Number(text.slice(23));
  }
  throw new InvalidArgumentError("Use a UTC time such as 2026-02-26 or 2026-02-26T10:30.");
}
