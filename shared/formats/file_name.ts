import { createHash } from "node:crypto";
import type { Type } from "../catalogue/events.ts";

/**
 * A file's name without type and partition: the second of its cut, and which file of that second.
 */
export interface FileName {
  /** UTC, `YYYYMMDD_HHMMSS`. */
  readonly stamp: string;
  /** 0 for the first file of the type in that second. */
  readonly sequence: number;
}

/**
 * The next name to use: always later than the last one, even if the clock was set back.
 *
 * @param now ms since the epoch
 */
export function nextName(last: FileName | undefined, now: number): FileName {
  const stamp = stampOf(now);
  if (last === undefined || stamp > last.stamp) return { stamp, sequence: 0 };
  return { stamp: last.stamp, sequence: last.sequence + 1 };
}

/** The later of two names. */
export function laterName(a: FileName | undefined, b: FileName | undefined): FileName | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.stamp > b.stamp || (a.stamp === b.stamp && a.sequence > b.sequence) ? a : b;
}

/** The group whose files carry no tag: the names that the guide documents are its own. */
export const UNTAGGED_GROUP = "automotive-consumer-group";

/**
 * What a group's file names end with, so that two groups that land in one bucket never give out the
 * same name: six hexadecimal digits of its name's SHA-256. None for the default group.
 */
export function groupTag(group: string): string | undefined {
  if (group === UNTAGGED_GROUP) return undefined;
  return createHash("sha256").update(group).digest("hex").slice(0, 6);
}

/**
 * What follows the type in a file's name: `20260226_102345`, `20260226_102345_001`, then `_p3`
 * where the consumer does not own every partition of the topic, and `_g` with the group's tag.
 */
export function formatName(
  name: FileName,
  { partition, tag }: { readonly partition?: number; readonly tag?: string } = {},
): string {
  const sequence = name.sequence === 0 ? "" : `_${String(name.sequence).padStart(3, "0")}`;
  const part = partition === undefined ? "" : `_p${partition}`;
  return `${name.stamp}${sequence}${part}${tag === undefined ? "" : `_g${tag}`}`;
}

/** Parses what {@linkcode formatName} has written; undefined if it is not such a name. */
export function parseName(text: string): FileName | undefined {
  const match = /^(\d{8}_\d{6})(?:_(\d{3,}))?(?:_p\d+)?(?:_g[0-9a-f]{6})?$/.exec(text);
  return match ? { stamp: match[1]!, sequence: Number(match[2] ?? 0) } : undefined;
}

/** The object key of a file. */
export function keyOf(type: Type, name: string): string {
  return `${type}/${type}_${name}.csv`;
}

function stampOf(now: number): string {
  const iso = new Date(now).toISOString();
  return `${iso.slice(0, 10).replaceAll("-", "")}_${iso.slice(11, 19).replaceAll(":", "")}`;
}
