import { type Context, Hono } from "hono";
import { UserError } from "../../shared/cli/errors.ts";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import { readableLogs } from "../../shared/kafka/log_ends.ts";
import { firstOffsets, parseStart } from "../../tail/start.ts";
import type { Parts } from "../server.ts";
import { formatCursor, parseCursor } from "../topics/cursor.ts";
import { type Filter, isFiltering, matcher } from "../topics/filter.ts";
import type { Message } from "../topics/message.ts";
import { offsetsIn, type Range } from "../topics/scan.ts";
import { search } from "../topics/search.ts";
import { tail } from "../topics/tail.ts";
import { answerStream } from "./stream.ts";

/** What a search finds at most in one go, and offsets that it reads at most. */
const MOST = { found: 100, read: 1_000_000 };
/** How often a search says how far it is, in ms. */
const PROGRESS_MS = 250;

/** How a search begins: in which order it goes, and how many offsets there are to read. */
export interface SearchStart {
  readonly newestFirst: boolean;
  readonly total: number;
}

/** How far a search has come; `cursor` says where another begins that goes on, if there is more to read. */
export interface SearchProgress {
  readonly found: readonly Message[];
  readonly read: number;
  readonly cursor?: string;
}

/** What a tail tells, and how long it took to come, in s. */
export interface TailTick {
  readonly messages: readonly Message[];
  readonly matched: number;
  readonly came: number;
  readonly lookedAt: number;
  readonly seconds: number;
}

/**
 * `GET /search?topic=`: searches a topic from where `from` says, or on from a `cursor`, for `key`, `id`
 * and `text`; the events are `start`, `progress` and `end`. It reads at most so much in one go, less if
 * `found` or `read` say so, and ends when the stream is closed.
 *
 * `GET /tail?topic=`: what is published from now on, as `tick`s, each with an id to go on from.
 */
export function searchApi(parts: Parts): Hono {
  const api = new Hono();
  api.get("/search", (context) =>
    answerStream(context, parts, async (send, signal) => {
      const topic = context.req.query("topic") ?? "";
      const { newestFirst, ranges } = await rangesOf(parts, topic, context);
      await send("start", { newestFirst, total: offsetsIn(ranges) } satisfies SearchStart);
      await using cluster = await connectCluster(await kafkaOf(parts));
      const searching = search(ranges, {
        ...{ cluster, topic, newestFirst, signal },
        isWanted: matcher(filterOf(context)),
        most: atMost(context.req.query("found"), MOST.found),
        mostRead: atMost(context.req.query("read"), MOST.read),
      });
      let untold: SearchProgress | undefined;
      const tell = async () => {
        const progress = untold;
        untold = undefined;
        if (progress) await send("progress", progress);
      };
      // Not between two steps only: a fetch may take long.
      const telling = setInterval(() => void tell().catch(() => {}), PROGRESS_MS);
      try {
        for await (const { found, read, left } of searching) {
          const cursor = left.length > 0 ? formatCursor(newestFirst, left) : undefined;
          untold = { found, read, cursor };
          if (found.length > 0) await tell();
        }
        await tell();
      } finally {
        clearInterval(telling);
      }
      await send("end", {});
    }));
  api.get("/tail", (context) =>
    answerStream(context, parts, async (send, signal) => {
      const topic = context.req.query("topic") ?? "";
      const filter = filterOf(context);
      const resumed = context.req.header("last-event-id");
      const from = resumed === undefined
        ? await startOf(parts, topic, "end")
        : new Map(parseCursor(resumed).ranges.map(({ partition, from }) => [partition, from]));
      await using cluster = await connectCluster(await kafkaOf(parts));
      const isWanted = isFiltering(filter) ? matcher(filter) : undefined;
      let since = performance.now();
      for await (const { next, ...tick } of tail(cluster, topic, from, { isWanted, signal })) {
        const seconds = (performance.now() - since) / 1000;
        since = performance.now();
        const left = [...next].map(([partition, from]) => ({ partition, from, to: from }));
        await send("tick", { ...tick, seconds } satisfies TailTick, formatCursor(false, left));
      }
    }));
  return api;
}

async function rangesOf(
  parts: Parts,
  topic: string,
  { req }: Context,
): Promise<{ newestFirst: boolean; ranges: Range[] }> {
  const cursor = req.query("cursor");
  if (cursor !== undefined) return parseCursor(cursor);
  const from = req.query("from") || "end";
  const isEnd = from === "end";
  const start = parseStart(from, Date.now());
  const first = await startOf(parts, topic, isEnd ? "beginning" : from);
  await using cluster = await connectCluster(await kafkaOf(parts));
  const logs = await readableLogs(cluster, [topic]);
  const ranges = logs.flatMap(({ partition, low, stable }) => {
    const begin = first.get(partition);
    return begin === undefined
      ? []
      : [{ partition, from: Math.min(stable, Math.max(low, begin)), to: stable }];
  });
  if (start?.kind !== "last") return { newestFirst: isEnd, ranges };
  // Each partition's share is rounded up.
  const beyond = offsetsIn(ranges) - start.count;
  return {
    newestFirst: true,
    ranges: ranges.map((range, i) =>
      i < beyond ? { ...range, from: Math.min(range.from + 1, range.to) } : range
    ),
  };
}

async function startOf(parts: Parts, topic: string, from: string): Promise<Map<number, number>> {
  const start = parseStart(from, Date.now());
  if (!start) {
    throw new UserError(
      `"${from}" is no place to read from`,
      "use end, beginning, 15m, a time such as 2026-02-26T10:00Z, last:100, or partition/offset",
    );
  }
  return await parts.connections.withKafka(({ admin }) => firstOffsets(admin, topic, start));
}

/** The client: reading has connections of its own, as it may take long, and ends at any moment. */
async function kafkaOf({ connections }: Parts) {
  return await connections.withKafka(({ kafka }) => Promise.resolve(kafka));
}

function filterOf({ req }: Context): Filter {
  return { key: req.query("key"), id: req.query("id"), text: req.query("text") };
}

function atMost(wanted: string | undefined, most: number): number {
  return /^[1-9]\d{0,8}$/.test(wanted ?? "") ? Math.min(most, Number(wanted)) : most;
}
