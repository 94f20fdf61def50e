import type { Scenario } from "../model/scenario.ts";
import type { Progress } from "./seeds.ts";
import { commitOf } from "./git_commit.ts";

/** The faults by kind, and their rate. */
export function tallyText(
  { seeds, moves, faults }: Progress,
  { seconds, cpuSeconds }: { seconds: number; cpuSeconds: number },
): string {
  const kinds = Object.entries(faults).sort(([, a], [, b]) => b - a);
  const sum = kinds.reduce((sum, [, count]) => sum + count, 0);
  const width = Math.max(...kinds.map(([kind]) => kind.length), 0);
  const per = (time: number) => Math.round(sum / time).toLocaleString("en");
  return [
    ...kinds.map(([kind, count]) =>
      `  ${kind.padEnd(width)}  ${count.toLocaleString("en").padStart(11)}`
    ),
    `${sum.toLocaleString("en")} faults in ${seeds.toLocaleString("en")} schedules of ${
      moves.toLocaleString("en")
    } moves, ${Math.round(seconds)} s: ${per(seconds)} faults/s, ${per(cpuSeconds)} a CPU-second`,
  ].join("\n");
}

/** What failed, and how to run it again. */
export function failureText({ seed, schedule, wrong }: NonNullable<Progress["failure"]>): string {
  return [
    `✗ Seed ${seed} fails at commit ${commitOf()}:`,
    ...wrong.map((line) => `  ${line}`),
    "The schedule, shortened; moves that are not in it happen in their ordinary turn:",
    ...schedule.map((label) => `  ${label}`),
    `Run it again: deno task simulate --from ${seed} --seeds 1`,
  ].join("\n");
}

/** An entry of tests/model/regressions.ts. */
export function replayText(
  { scenario, schedule }: { scenario: Scenario; schedule: readonly string[] },
): string {
  const { faults: _, ...rest } = scenario;
  const found = { found: commitOf(), scenario: rest, schedule };
  return `To keep it as a test, add this to tests/model/regressions.ts:\n${JSON.stringify(found)}`;
}
