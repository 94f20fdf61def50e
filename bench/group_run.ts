import { statSync } from "node:fs";
import type { ConsumerStatus } from "../consumer/status/status.ts";
import { types } from "../shared/catalogue/events.ts";
import { pause } from "../shared/cli/backoff.ts";
import { UserError } from "../shared/cli/errors.ts";
import { freePorts, unique } from "../tests/integration/settings.ts";
import { until } from "../tests/integration/wait.ts";
import type { Bed } from "./bed.ts";
import { checkRows, type RowCheck } from "./check_rows.ts";
import { EVERY_MS, filesIn, QUIET_MS } from "./contestant.ts";
import type { Point } from "./growth_report.ts";
import { startConsumer } from "./our_consumer.ts";
import { foreignBetween, sampleOf } from "./sample.ts";
import { peakMiB } from "./usage.ts";

/** What a group of consumers took, from when each of them owned a share of the partitions. */
export interface GroupRun extends RowCheck {
  /** Events in the files that became visible in that time. */
  readonly events: number;
  /** Files that became visible in that time. */
  readonly filesThen: number;
  /** Up to the last file that became visible, in s. */
  readonly seconds: number;
  /** CPU time of all consumers, in s. */
  readonly cpu: number;
  /** The sum of the consumers' peaks of memory, in MiB. */
  readonly peak: number;
  /** Processors that others kept busy meanwhile. */
  readonly foreign: number;
}

/**
 * Has consumers of one group land all that waits, in files of so many events. What they land before
 * all have joined is not measured.
 *
 * @throws {UserError} when that is everything
 */
export async function measureGroup(
  bed: Bed,
  { consumers = 1, size, partitions }: { consumers?: number; size: number; partitions: number },
  signal: AbortSignal,
): Promise<GroupRun> {
  const { name: RAW_BUCKET, folder } = await bed.bucket();
  const env = { ...bed.own.env, RAW_BUCKET, CONSUMER_GROUP: `bench-${unique()}` };
  const ports = freePorts(consumers);
  await using stack = new AsyncDisposableStack();
  const programs = ports.map((port) =>
    stack.use(startConsumer(size, { ...env, STATUS_PORT: String(port) }))
  );
  await until("every consumer has its share", async () => {
    const owned = await Promise.all(ports.map(ownedBy));
    const all = owned.reduce((sum, count) => sum + count, 0);
    return owned.every((count) => count > 0) && all === types.length * partitions;
  });
  const pids = programs.map(({ pid }) => pid);
  const begun = Date.now();
  const first = sampleOf(pids, bed);
  let last = first;
  let seen = filesIn(folder).length;
  for (let changed = begun; Date.now() - changed < QUIET_MS;) {
    await pause(EVERY_MS, signal);
    const now = filesIn(folder).length;
    if (now === seen) continue;
    seen = now;
    changed = Date.now();
    last = sampleOf(pids, bed);
  }
  const files = filesIn(folder).map((path) => ({ path, at: statSync(path).mtimeMs }));
  const then = files.filter(({ at }) => at > begun);
  const peak = pids.reduce((sum, pid) => sum + (peakMiB(pid) ?? NaN), 0);
  for (const one of programs) one.signal("SIGTERM");
  for (const one of programs) await one.ended(120_000);
  if (then.length === 0) {
    throw new UserError(
      `Cannot measure a group of ${consumers}: all events were landed before each had its share`,
      "measure with more events: a larger --scale",
    );
  }
  return {
    events: then.reduce((sum, { path }) => sum + rowsIn(path), 0),
    filesThen: then.length,
    seconds: (Math.max(...then.map(({ at }) => at)) - begun) / 1_000,
    cpu: last.cpu - first.cpu,
    peak,
    foreign: foreignBetween(first, last),
    ...checkRows(filesIn(folder), bed.events),
  };
}

/** The run as a point of a growth of events/s. */
export function pointOf(x: number, run: GroupRun): Point {
  const { events, filesThen, seconds, cpu, peak, lost, repeated } = run;
  return {
    x,
    y: events / seconds,
    more: {
      "CPU s/million": cpu / events * 1e6,
      "peak MiB": peak,
      "events a file": events / filesThen,
      lost,
      repeated,
    },
  };
}

/** How many partitions a consumer owns; none while it does not answer yet. */
async function ownedBy(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined);
  if (!response) return 0;
  const { assignment }: ConsumerStatus = await response.json();
  return Object.values(assignment).flatMap((topic) => Object.keys(topic)).length;
}

/** The lines of a file but for its header; no cell of the events that are measured has a line end. */
function rowsIn(path: string): number {
  const LINE_END = 10;
  return Deno.readFileSync(path).reduce((sum, byte) => byte === LINE_END ? sum + 1 : sum, -1);
}
