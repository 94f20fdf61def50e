/**
 * `deno task bench:producer`: how many events a second one process makes, and how many it publishes to a
 * broker that shares its cores, and what memory it takes. Prints what it measured; judges nothing.
 */
import { createSimulation } from "../producers/simulation/simulation.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { types } from "../shared/catalogue/events.ts";
import { Option, parseOptions, positiveInteger } from "../shared/cli/options.ts";
import { table } from "../shared/cli/table.ts";
import { program } from "../tests/integration/program.ts";
import { ownServices } from "../tests/integration/services.ts";

interface Options extends Record<string, unknown> {
  readonly events: number;
  readonly made: number;
}

const options = [
  new Option("--events <n>", "events that are published").default(600_000)
    .argParser(positiveInteger),
  new Option("--made <n>", "events that are only made").default(1_000_000)
    .argParser(positiveInteger),
];
/** Parts of a run whose memory is told. */
const PARTS = 5;

await runEntry(async () => {
  const about = "Measure the producers.";
  const { events, made } = parseOptions<Options>("bench:producer", about, options, Deno.args);
  const rows = [...makeEvents(made), await publishEvents(events)];
  const header = ["", "events", "seconds", "events/s", "CPU s", "MiB"];
  for (const line of table([header, ...rows])) console.log(line);
});

/** Makes events of all systems as JSON, and drops them. */
function makeEvents(count: number): (string | number)[][] {
  const simulation = createSimulation(types, { seed: 1, interval: 5 });
  const rounds = Math.ceil(count / types.length / PARTS);
  return Array.from({ length: PARTS }, (_, part) => {
    const begun = performance.now();
    let bytes = 0;
    for (let round = 0; round < rounds; round++) {
      for (const event of simulation.round()) bytes += JSON.stringify(event).length;
    }
    const seconds = (performance.now() - begun) / 1_000;
    const events = rounds * types.length;
    const mib = Math.round(Deno.memoryUsage().rss / 2 ** 20);
    return [`made, part ${part + 1}`, ...figures(events, seconds), bytes > 0 ? "" : "none", mib];
  });
}

/** Publishes events of all systems, each acknowledged. */
async function publishEvents(count: number): Promise<(string | number)[]> {
  await using own = await ownServices("bench", ["zookeeper", "kafka"]);
  const rounds = Math.ceil(count / types.length);
  const args = ["--interval", "0", "--count", String(rounds)];
  const before = cpuOfChildren();
  const begun = performance.now();
  await using run = program("producers/all.ts", args, { permissions: "producer", env: own.env });
  const { code, stderr } = await run.ended(3_600_000);
  if (code !== 0) throw new Error(stderr);
  const seconds = (performance.now() - begun) / 1_000;
  const cpu = (cpuOfChildren() - before).toFixed(1);
  return ["published", ...figures(rounds * types.length, seconds), cpu, ""];
}

function figures(events: number, seconds: number): (string | number)[] {
  return [events, seconds.toFixed(1), Math.round(events / seconds)];
}

/** CPU time of the children that have ended, in s. */
function cpuOfChildren(): number {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // cutime and cstime, in the 100th of a second that Linux shows to programs.
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
