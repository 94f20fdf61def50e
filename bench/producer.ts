/**
 * `deno task bench:producer`: how many events a second one process makes, and how many it publishes to a
 * broker that shares its cores; what CPU a million of them costs, and what memory is taken after so many.
 * Prints what it measured; judges nothing.
 */
import process from "node:process";
import { createSimulation } from "../producers/simulation/simulation.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { types } from "../shared/catalogue/events.ts";
import { Option, parseOptions, positiveInteger } from "../shared/cli/options.ts";
import { table } from "../shared/cli/table.ts";
import { program } from "../tests/integration/program.ts";
import { ownServices } from "../tests/integration/services.ts";
import { cpuOfChildren } from "./usage.ts";

interface Options extends Record<string, unknown> {
  readonly events: number;
  readonly made: number;
}

const options = [
  new Option("--events <n>", "events that are published").default(1_000_000)
    .argParser(positiveInteger),
  new Option("--made <n>", "events that are only made").default(10_000_000)
    .argParser(positiveInteger),
];
/** After so many events the memory is measured. */
const MARKS = [1e6, 2e6, 5e6, 10e6, 20e6, 50e6, 100e6];

await runEntry(async () => {
  const about = "Measure the producers.";
  const { events, made } = parseOptions<Options>("bench:producer", about, options, Deno.args);
  const rows = [...makeEvents(made), await publishEvents(events)];
  const header = ["", "events", "seconds", "events/s", "CPU s a million", "MiB"];
  for (const line of table([header, ...rows])) console.log(line);
});

/** Makes events of all systems as JSON, and drops them: a row at each mark, from the first event on. */
function makeEvents(count: number): (string | number)[][] {
  const simulation = createSimulation(types, { seed: 1, interval: 5 });
  const begun = performance.now();
  const before = process.cpuUsage();
  let made = 0;
  let bytes = 0;
  return [...MARKS.filter((mark) => mark < count), count].map((mark) => {
    while (made < mark) {
      for (const event of simulation.round()) bytes += JSON.stringify(event).length;
      made += types.length;
    }
    const { user, system } = process.cpuUsage(before);
    const figures = figuresOf(made, (performance.now() - begun) / 1_000, (user + system) / 1e6);
    const mib = Math.round(Deno.memoryUsage().rss / 2 ** 20);
    return [bytes > 0 ? "made" : "", ...figures, mib];
  });
}

/** Publishes events of all systems, each acknowledged. */
async function publishEvents(count: number): Promise<(string | number)[]> {
  await using own = await ownServices("bench", ["zookeeper", "kafka"]);
  const rounds = Math.ceil(count / types.length);
  const args = ["--seed", "1", "--interval", "0", "--count", String(rounds)];
  const before = cpuOfChildren();
  const begun = performance.now();
  await using run = program("producers/all.ts", args, { permissions: "producer", env: own.env });
  const { code, stderr } = await run.ended(3_600_000);
  if (code !== 0) throw new Error(stderr);
  const seconds = (performance.now() - begun) / 1_000;
  const cpu = cpuOfChildren() - before;
  return ["published", ...figuresOf(rounds * types.length, seconds, cpu), ""];
}

function figuresOf(events: number, seconds: number, cpu: number): (string | number)[] {
  const aMillion = (cpu / events * 1e6).toFixed(1);
  return [events, seconds.toFixed(1), Math.round(events / seconds), aMillion];
}
