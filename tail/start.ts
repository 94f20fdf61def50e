import type { Admin } from "kafkajs";
import { UserError } from "../shared/cli/errors.ts";

/** Where a tail starts in a topic. */
export type Start =
  | { readonly kind: "end" }
  | { readonly kind: "beginning" }
  | { readonly kind: "time"; readonly ms: number }
  | { readonly kind: "last"; readonly count: number }
  | { readonly kind: "offset"; readonly partition: number; readonly offset: number };

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Parses where a tail starts: `end`, `beginning`, `15m` (ago), a time such as `2026-02-26T10:00`
 * (UTC), `last:100`, or `partition/offset`; undefined if it is none of these.
 *
 * @param now in ms since the epoch
 */
export function parseStart(text: string, now: number): Start | undefined {
  if (text === "end" || text === "beginning") return { kind: text };
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (unit) return { kind: "time", ms: now - Number(count) * UNITS[unit]! * 1_000 };
  const last = /^last:(\d{1,9})$/.exec(text)?.[1];
  if (last) return { kind: "last", count: Number(last) };
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  if (offset) return { kind: "offset", partition: Number(partition), offset: Number(offset) };
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d:\d\d)?$/.test(text);
  const zoned = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`;
  const ms = isTime ? Date.parse(zoned) : NaN;
  return Number.isNaN(ms) ? undefined : { kind: "time", ms };
}

/**
 * The first offset to read of each partition of a topic. Of a topic's last messages each partition
 * gives its share.
 *
 * @throws {UserError} when the topic or the partition is not there
 */
export async function firstOffsets(
  admin: Admin,
  topic: string,
  start: Start,
): Promise<Map<number, number>> {
  const known = await admin.listTopics();
  if (!known.includes(topic)) {
    const ours = known.filter((name) => !name.startsWith("__")).toSorted();
    throw new UserError(`There is no topic ${topic}`, `those that are there: ${ours.join(", ")}`);
  }
  const logs = await admin.fetchTopicOffsets(topic);
  if (start.kind === "time") {
    const found = await admin.fetchTopicOffsetsByTimestamp(topic, start.ms);
    return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
  }
  if (start.kind === "offset") {
    if (!logs.some(({ partition }) => partition === start.partition)) {
      throw new UserError(
        `${topic} has no partition ${start.partition}`,
        `it has ${logs.length}, from 0 to ${logs.length - 1}`,
      );
    }
    return new Map([[start.partition, start.offset]]);
  }
  const share = start.kind === "last" ? Math.ceil(start.count / logs.length) : 0;
  return new Map(
    logs.map(({ partition, low, high }) => [
      partition,
      start.kind === "beginning" ? Number(low) : Math.max(Number(low), Number(high) - share),
    ]),
  );
}
