import process from "node:process";
import { Run } from "./run.ts";
import { stateKey } from "./state_key.ts";
import type { Scenario } from "./scenario.ts";

/** The outcome of an exploration. */
export interface Explored {
  /** Runs from the start. */
  readonly schedules: number;
  /** Distinct states. */
  readonly states: number;
  readonly moves: number;
  /** Whether every schedule was explored. */
  readonly complete: boolean;
  readonly failure?: Failure;
}

/** A schedule that breaks an invariant. */
export interface Failure {
  readonly schedule: readonly string[];
  readonly wrong: readonly string[];
}

/** Where a run departs from the one it branches off: the choices up to there, last one first. */
interface Branch {
  readonly choice: number;
  readonly depth: number;
  readonly before: Branch | undefined;
}

/**
 * Explores every schedule of a scenario with at most `maxFaults` faults, depth first. A state that
 * was seen with at least as many faults left is not explored again: what follows is the same,
 * because production code is a function of what it has observed.
 *
 * @param budget.ms stops after this much CPU time. @default unlimited
 */
export async function explore(
  scenario: Scenario,
  maxFaults: number,
  budget: { ms?: number } = {},
): Promise<Explored> {
  const seen = new Map<number, number>();
  const open: (Branch | undefined)[] = [undefined];
  const begun = cpu();
  let schedules = 0;
  let taken = 0;
  while (open.length > 0) {
    if (schedules % 100 === 0 && cpu() - begun > (budget.ms ?? Infinity)) {
      return { schedules, states: seen.size, moves: taken, complete: false };
    }
    const branch = open.pop();
    const failure = await follow(choicesOf(branch), branch);
    schedules++;
    if (failure) return { schedules, states: seen.size, moves: taken, complete: false, failure };
  }
  return { schedules, states: seen.size, moves: taken, complete: true };

  async function follow(
    prefix: readonly number[],
    at: Branch | undefined,
  ): Promise<Failure | undefined> {
    const run = new Run(scenario, maxFaults);
    let branch = at;
    for (let depth = 0;; depth++) {
      const moves = run.moves();
      const wrong = run.wrong(moves);
      if (wrong?.length) return { schedule: run.schedule, wrong };
      if (wrong) return undefined;
      let choice = prefix[depth];
      if (choice === undefined) {
        if (moves.length > 1) {
          const key = stateKey(run.world, run.faultsLeft > 0);
          if ((seen.get(key) ?? -1) >= run.faultsLeft) return undefined;
          seen.set(key, run.faultsLeft);
          for (let other = moves.length - 1; other > 0; other--) {
            open.push({ choice: other, depth, before: branch });
          }
        }
        choice = 0;
        if (moves.length > 1) branch = { choice, depth, before: branch };
      }
      taken++;
      await run.take(moves[choice]!);
    }
  }
}

function choicesOf(branch: Branch | undefined): number[] {
  const choices: number[] = [];
  for (let at = branch; at; at = at.before) choices[at.depth] = at.choice;
  for (let i = 0; i < choices.length; i++) choices[i] ??= 0;
  return choices;
}

/** CPU time of this process so far, in ms: other programs on the machine do not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
