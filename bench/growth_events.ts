import { types } from "../shared/catalogue/events.ts";
import { type Bed, makeBed } from "./bed.ts";
import type { Growth, Point } from "./growth_report.ts";
import { type GroupRun, measureGroup, pointOf } from "./group_run.ts";
import { type Form, publishSized } from "./sized_events.ts";

/** Events in a file. */
const SIZE = 1_000;
/** What waits where it is not this that is varied: for one consumer, and for several. */
const [EVENTS, MANY] = [600_000, 6_000_000];
const PARTITIONS = 3;
/** What large events take together at most. */
const MOST_BYTES = 2 ** 30;
/** Files of each type, at the least. */
const LEAST = 2;

const [CONSUMERS, COUNTS] = [[1, 2, 4], [1, 3, 12, 48]];
/** The least that an event takes is more where all its fields are written. */
const BYTES: Readonly<Record<Form, readonly number[]>> = {
  "all fields": [400, 2_000, 100_000],
  "few fields": [200, 2_000, 100_000],
};

/** Consumers of one group, on the same events. */
export async function growConsumers(scale: number, signal: AbortSignal): Promise<Growth> {
  await using bed = await makeBed(eventsOf(MANY * scale));
  const points: Point[] = [];
  for (const consumers of CONSUMERS) {
    points.push(await measured(bed, { x: consumers, consumers }, signal));
  }
  return growth("Consumers", "consumers", points);
}

/** Partitions of each topic, for one consumer. */
export async function growPartitions(scale: number, signal: AbortSignal): Promise<Growth> {
  const points: Point[] = [];
  for (const partitions of COUNTS) {
    await using bed = await makeBed(eventsOf(EVENTS * scale), { partitions });
    points.push(await measured(bed, { x: partitions, partitions }, signal));
  }
  return growth("Partitions a topic", "partitions", points);
}

/** Events that wait in Kafka when the consumer begins. */
export async function growWaiting(scale: number, signal: AbortSignal): Promise<Growth> {
  const points: Point[] = [];
  for (const events of [EVENTS, MANY].map((events) => eventsOf(events * scale))) {
    await using bed = await makeBed(events);
    points.push(await measured(bed, { x: events }, signal));
  }
  return growth("Waiting events", "events that wait", points);
}

/** Bytes of JSON an event. */
export async function growBytes(scale: number, signal: AbortSignal): Promise<Growth> {
  const seriesOf = async (form: Form) => {
    const points: Point[] = [];
    for (const bytes of BYTES[form]) {
      // They are of one type.
      const events = eventsOf(Math.min(EVENTS, MOST_BYTES / bytes) * scale, 1);
      await using bed = await makeBed(events, {
        publish: (own, events) => publishSized({ own, form, bytes }, events),
      });
      const { more, ...point } = await measured(bed, { x: bytes }, signal);
      points.push({ ...point, more: { "MB/s": point.y * bytes / 1e6, ...more } });
    }
    return { name: form, points };
  };
  const [all, few] = [await seriesOf("all fields"), await seriesOf("few fields")];
  return { ...growth("Bytes an event", "bytes", []), series: [all, few] };
}

async function measured(
  bed: Bed,
  { x, consumers = 1, partitions = PARTITIONS }: {
    x: number;
    consumers?: number;
    partitions?: number;
  },
  signal: AbortSignal,
): Promise<Point> {
  const run: GroupRun = await measureGroup(bed, { consumers, size: SIZE, partitions }, signal);
  console.error(`${x}: ${run.seconds.toFixed(1)} s, others kept ${run.foreign.toFixed(1)} busy`);
  return pointOf(x, run);
}

function growth(title: string, against: string, points: readonly Point[]): Growth {
  return { title, against, what: "events/s", series: [{ name: "", points }] };
}

/** A number of events that is the same for each of so many types, and fills files. */
function eventsOf(events: number, kinds = types.length): number {
  const full = kinds * SIZE;
  return Math.max(LEAST, Math.round(events / full)) * full;
}
