import { explore } from "../model/explore.ts";
import { passes } from "../model/passes.ts";
import { commitOf } from "./commit.ts";

/**
 * Explores all passes to the end and prints a table of what was seen.
 *
 * @returns whether all is well
 */
export async function exploreAll(print: (line: string) => void): Promise<boolean> {
  const sum = { schedules: 0, states: 0, moves: 0 };
  const begun = performance.now();
  for (const { scenario, faults } of passes) {
    const { failure, ...seen } = await explore(scenario, faults);
    for (const key of ["schedules", "states", "moves"] as const) sum[key] += seen[key];
    print(row(scenario.name, faults, seen));
    if (!failure) continue;
    print(`✗ ${scenario.name} fails at commit ${commitOf()}:`);
    for (const line of [...failure.wrong, "The schedule:", ...failure.schedule]) print(`  ${line}`);
    return false;
  }
  print(row("all", 0, sum));
  print(`✓ Every schedule ends well (${Math.round((performance.now() - begun) / 1000)} s)`);
  return true;
}

function row(
  name: string,
  faults: number,
  { schedules, states, moves }: { schedules: number; states: number; moves: number },
): string {
  const cell = (count: number) => count.toLocaleString("en").padStart(10);
  return `${name.padEnd(46)} ${faults || " "} faults ${cell(schedules)} schedules ${
    cell(states)
  } states ${cell(moves)} moves`;
}
