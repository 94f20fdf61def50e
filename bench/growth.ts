/**
 * `deno task bench:growth`: how the consumer grows with consumers, partitions, the size of events and
 * what waits, and what looks at files with their number, with real services of its own. Prints what it
 * measured, and draws it; judges nothing. Linux only, the native runtime only.
 */
import { dirname } from "node:path";
import { runEntry } from "../shared/cli/entry.ts";
import { growBytes, growConsumers, growPartitions, growWaiting } from "./growth_events.ts";
import { growFiles } from "./growth_files.ts";
import { parseGrowthOptions, type Varied } from "./growth_options.ts";
import { type Growth, growthMarkdown, growthReport } from "./growth_report.ts";
import { growthSvg } from "./growth_svg.ts";
import { thisMachine } from "./machine.ts";

type Measure = (scale: number, signal: AbortSignal) => Promise<Growth | Growth[]>;

const measures: Readonly<Record<Varied, Measure>> = {
  consumers: growConsumers,
  partitions: growPartitions,
  bytes: growBytes,
  waiting: growWaiting,
  files: growFiles,
};

await runEntry(async (signal) => {
  const { only, scale, out, svg } = parseGrowthOptions(Deno.args);
  const growths: Growth[] = [];
  const report = () => growthReport(growths, { args: Deno.args, machine: thisMachine() });
  for (const name of only) {
    console.error(name);
    growths.push(...[await measures[name](scale, signal)].flat());
    // What was measured is there if the next cannot be.
    await write(out, `${JSON.stringify(report(), null, 2)}\n`);
    await write(svg, growthSvg(growths));
  }
  console.log(growthMarkdown(report()));
});

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
