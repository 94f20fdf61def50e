import type { Failure } from "../model/explore.ts";
import { runSeed, scenarioOf } from "../model/random_run.ts";
import { shrink } from "../model/replay_schedule.ts";

/** The seeds `from`, `from + step`, …: `count` of them, or as many as `ms` allows. */
export interface Seeds {
  readonly from: number;
  readonly step: number;
  readonly count: number;
  readonly ms: number;
}

/** What has been run since the last report. */
export interface Progress {
  readonly seeds: number;
  readonly moves: number;
  /** By kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** The first seed that failed, with its shortened schedule. */
  readonly failure?: Failure & { readonly seed: number };
}

const REPORT_MS = 1_000;

/** Runs seeds and reports about once a second; stops at the first failure. */
export async function* runSeeds({ from, step, count, ms }: Seeds): AsyncGenerator<Progress> {
  const begun = performance.now();
  let reported = begun;
  let done = { seeds: 0, moves: 0, faults: {} as Record<string, number> };
  for (let i = 0; i < count && performance.now() - begun < ms; i++) {
    const seed = from + i * step;
    const { faults, moves, failure } = await runSeed(seed);
    done.seeds++;
    done.moves += moves;
    for (const [fault, count] of faults) done.faults[fault] = (done.faults[fault] ?? 0) + count;
    if (failure) {
      yield { ...done, failure: { seed, ...await shrink(scenarioOf(seed), failure) } };
      return;
    }
    if (performance.now() - reported < REPORT_MS) continue;
    reported = performance.now();
    yield done;
    done = { seeds: 0, moves: 0, faults: {} };
  }
  yield done;
}
