import type { Failure } from "./explore.ts";
import { Run } from "./run.ts";
import type { Scenario } from "./scenario.ts";

/**
 * Replays a schedule: takes each move that is possible in its turn and skips the others, then takes
 * ordinary moves until nothing is left to do.
 *
 * @returns the failure; undefined if there was none
 */
export async function replay(
  scenario: Scenario,
  schedule: readonly string[],
): Promise<Failure | undefined> {
  const run = new Run(scenario, Infinity);
  for (const label of schedule) {
    const moves = run.moves(true);
    if (run.wrong(moves)?.length) break;
    const move = moves.find((one) => one.label === label);
    if (move) await run.take(move);
  }
  run.maxFaults = 0;
  while (true) {
    const moves = run.moves(true);
    const wrong = run.wrong(moves);
    if (wrong) return wrong.length > 0 ? { schedule: run.schedule, wrong } : undefined;
    await run.take(moves[0]!);
  }
}

/**
 * Shortens a failing schedule by leaving out ever smaller runs of moves. Moves that are needed all
 * the same happen in their ordinary turn.
 *
 * Source: ddmin, Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002.
 */
export async function shrink(scenario: Scenario, failure: Failure): Promise<Failure> {
  let best = failure;
  let schedule = [...failure.schedule];
  for (
    let size = Math.ceil(schedule.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < schedule.length;) {
      const shorter = schedule.toSpliced(at, size);
      const still = await replay(scenario, shorter);
      if (still) {
        schedule = shorter;
        best = still;
      } else {
        at += size;
      }
    }
  }
  return { schedule, wrong: best.wrong };
}
