/**
 * `deno task bench`: how fast events get from Kafka into files in S3, and what it costs, by our consumer
 * and by peers, on services of its own. Prints what it measured, judges nothing. Linux only.
 */
import { types } from "../shared/catalogue/events.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { recordRun } from "../shared/cli/run_records.ts";
import { Option, parseOptions, positiveInteger } from "../shared/cli/options.ts";
import { makeBed } from "./bed.ts";
import { measure, type Run } from "./contestant.ts";
import { measureLimits } from "./limits.ts";
import { ourConsumer } from "./our_consumer.ts";
import type { Peer } from "./peer.ts";
import { fetchPeers, parsePeers, peers } from "./peers.ts";
import { figuresOf, NOISE, reportOf, toMarkdown } from "./bench_report.ts";

interface Options extends Record<string, unknown> {
  readonly events: number;
  readonly runs: number;
  readonly quick: boolean;
  /** False: none. */
  readonly peers: readonly Peer[] | false;
  readonly out: string;
}

const options = [
  new Option("--events <n>", "events that wait in Kafka").default(600_000)
    .argParser(positiveInteger),
  new Option("--runs <n>", "runs of each, in turn").default(3).argParser(positiveInteger),
  new Option("--quick", "some minutes: fewer events, one run of each").default(false),
  new Option("--peers <names>", "which peers, with commas: camel, flink, quix").argParser(
    parsePeers,
  )
    .default(peers, "all"),
  new Option("--no-peers", "our consumer only"),
  new Option("--out <file>", "the figures of all runs, as JSON").default("reports/bench.json"),
];

/** Events in a file. */
const SIZES = [100, 1_000, 10_000];
const QUICK = { events: 120_000, runs: 1, sizes: [100, 10_000] };
/** How often a run is repeated because others used the machine meanwhile. */
const REPEATS = 2;

await runEntry(async (signal) => {
  const about = "Measure the consumer, and peers.";
  const startedAt = new Date();
  const chosen = parseOptions<Options>("bench", about, options, Deno.args);
  const { events, runs, sizes } = chosen.quick
    ? { ...QUICK, events: Math.min(chosen.events, QUICK.events) }
    : { ...chosen, sizes: SIZES };
  const fetched = await fetchPeers(chosen.peers || [], console.log);
  // All files are full ones: nobody waits for more events at the end.
  const full = types.length * Math.max(...sizes);
  await using bed = await makeBed(Math.max(1, Math.round(events / full)) * full);
  const makers = [ourConsumer, ...fetched];
  const contestants = sizes.flatMap((size) => makers.map((make) => make(size)));
  const results = contestants.map((contestant) => ({ ...contestant, runs: [] as Run[] }));
  for (let n = 0; n < runs; n++) {
    for (const result of results) {
      let run = await measure(result, bed, signal);
      for (let again = 0; again < REPEATS && run.foreign > NOISE && !chosen.quick; again++) {
        const next = await measure(result, bed, signal);
        if (next.foreign < run.foreign) run = next;
      }
      result.runs.push(run);
      console.error(`${result.name}, files of ${result.size}: ${run.seconds.toFixed(1)} s`);
    }
  }
  const limits = await measureLimits(bed, console.log);
  const measured = results.map(({ name, size, runs }) => ({ name, size, runs }));
  const report = reportOf({ events: bed.events, results: measured, limits }, Deno.args);
  await Deno.mkdir(chosen.out.replace(/[^/]*$/, "") || ".", { recursive: true });
  await Deno.writeTextFile(chosen.out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(toMarkdown(report));
  await recordRun(loadSettings().runtimeDir, {
    kind: "bench",
    startedAt,
    outcome: "passed",
    arguments: Deno.args,
    figures: figuresOf(report),
  });
});
