/**
 * `deno task bench:latency`: how long an event is on its way, from the producer to Kafka, into a file
 * and into the warehouse, with real services of its own and programs that run as they are. Prints what
 * it measured; judges nothing. Linux only, the native runtime only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connectPublisher } from "../producers/publishing/publisher.ts";
import { countPartitions } from "../producers/publishing/partitions.ts";
import { createSimulation } from "../producers/simulation/simulation.ts";
import { exists } from "../infra/files.ts";
import { types } from "../shared/catalogue/events.ts";
import { pause } from "../shared/cli/backoff.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { Option, parseOptions, positiveInteger, seconds } from "../shared/cli/options.ts";
import { table } from "../shared/cli/table.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../shared/kafka/client.ts";
import { connectWarehouse } from "../shared/postgres/client.ts";
import { owns } from "../tests/integration/consume.ts";
import { program } from "../tests/integration/program.ts";
import { type OwnServices, ownServices } from "../tests/integration/services.ts";
import { freePorts } from "../tests/integration/settings.ts";
import { until } from "../tests/integration/wait.ts";

interface Options extends Record<string, unknown> {
  readonly seconds: number;
  readonly rate: number;
  readonly batchSize: number;
}

const options = [
  new Option("--seconds <s>", "how long events are published").default(60).argParser(seconds),
  new Option("--rate <n>", "events of each system a second").default(10).argParser(positiveInteger),
  new Option("--batch-size <n>", "events in a file").default(10).argParser(positiveInteger),
];

/** How often the bucket is looked at, in ms. */
const LOOK_MS = 5;

await runEntry(async (signal) => {
  const about = "Measure how long events are on their way.";
  const chosen = parseOptions<Options>("bench:latency", about, options, Deno.args);
  await using own = await ownServices("bench", ["zookeeper", "kafka", "s3", "warehouse"], {
    env: { STATUS_PORT: String(freePorts(1)[0]) },
  });
  const steps = await measure(own, chosen, signal);
  const header = ["in ms", "count", "p50", "p95", "p99", "most"];
  const rows = Object.entries(steps).map(([name, times]) => [name, times.length, ...spread(times)]);
  for (const line of table([header, ...rows])) console.log(line);
});

/** The times of each step, in ms. */
async function measure(
  { env, settings }: OwnServices,
  { seconds, rate, batchSize }: Options,
  signal: AbortSignal,
): Promise<Record<string, number[]>> {
  const kafka = kafkaClient(settings, "bench");
  await using admin = await connectAdmin(kafka, settings, { signal });
  await ensureTopics(admin, settings, signal);
  await using _consumer = program("consumer/main.ts", ["--batch-size", String(batchSize)], {
    permissions: "consumer",
    env,
  });
  await owns({ env }, types.length * settings.partitions);
  await using loader = program("warehouse/main.ts", ["--watch"], { permissions: "loader", env });
  await loader.waitForLine(/^Watching /);
  const data = join(settings.runtimeDir, "data", "s3");
  const visible = watchFiles(join(data, settings.bucket));

  const { made, acked } = await publish();
  // The last batches of each type may have to wait for more.
  const full = types.length * Math.floor(acked.size / types.length / batchSize) * batchSize;
  await using client = await connectWarehouse(settings, "bench");
  const loads = async () =>
    (await client.query("SELECT key, rows, loaded_at FROM warehouse.load_ledger"))
      .rows as readonly { key: string; rows: string; loaded_at: Date }[];
  await until(
    "all full files are loaded",
    async () => (await loads()).reduce((sum, { rows }) => sum + Number(rows), 0) >= full,
  );
  visible.stop();

  const acks = [...acked].map(([id, at]) => at - made.get(id)!);
  const [landed, loaded] = [[] as number[], [] as number[]];
  for (const { key, loaded_at } of await loads()) {
    await until("it is archived", () => exists(join(data, settings.archiveBucket, key)));
    const text = readFileSync(join(data, settings.archiveBucket, key), "utf8");
    const ids = text.split("\n").map((line) => line.split(",")[1]!);
    const last = Math.max(...ids.flatMap((id) => acked.get(id) ?? []));
    const at = visible.times.get(key);
    if (at !== undefined) landed.push(at - last);
    loaded.push(loaded_at.getTime() - last);
  }
  return {
    "event made → Kafka has acknowledged it": acks,
    "batch full → its file is visible": landed,
    "batch full → its rows are in the warehouse": loaded,
  };

  /** When each event was made and acknowledged, in ms since the epoch. */
  async function publish() {
    const [made, acked] = [new Map<string, number>(), new Map<string, number>()];
    await using publisher = await connectPublisher(kafka, {
      settings,
      partitions: await countPartitions(admin, settings.topicPrefix),
      giveUp: signal,
      onWait: console.error,
      onRecovered() {},
      warn: console.error,
    });
    const simulation = createSimulation(types, { interval: 1 / rate });
    const begun = Date.now();
    for (let n = 0; n < seconds * rate; n++) {
      await pause(Math.max(0, begun + n * 1_000 / rate - Date.now()), signal);
      const events = simulation.round();
      for (const { event_id } of events) made.set(event_id, now());
      await publisher.publish(events, (some) => {
        for (const { event_id } of some) acked.set(event_id, now());
        return Promise.resolve();
      });
    }
    return { made, acked };
  }
}

/** When each file of a bucket became visible, in ms since the epoch, by its key. */
function watchFiles(folder: string): { times: ReadonlyMap<string, number>; stop(): void } {
  const times = new Map<string, number>();
  // A watch of the system's leaves some of them out.
  const timer = setInterval(() => {
    for (const type of types) {
      for (const name of namesIn(join(folder, type))) {
        const key = `${type}/${name}`;
        if (!times.has(key)) times.set(key, now());
      }
    }
  }, LOOK_MS);
  return { times, stop: () => clearInterval(timer) };
}

/** The first file of a type makes its folder, and a loader that has moved the last removes it. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** The median, and what 95 % and 99 % of the times are at most. */
function spread(times: readonly number[]): string[] {
  const sorted = times.toSorted((a, b) => a - b);
  return [0.5, 0.95, 0.99, 1].map((part) =>
    sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!.toFixed(1)
  );
}
