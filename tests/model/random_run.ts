import type { Type } from "../../shared/catalogue/events.ts";
import type { Failure } from "./explore.ts";
import { Lots } from "./lots.ts";
import type { Kind } from "./logs.ts";
import type { Move } from "./moves.ts";
import { Run } from "./run.ts";
import { type Broken, type Downstream, type Fault, faults, type Scenario } from "./scenario.ts";

/** The most faults of a run. */
export const MAX_FAULTS = 24;

const KINDS: readonly Kind[] = ["row", "row", "row", "row", "row", "tombstone", "dead letter"];
const DOWNSTREAMS: readonly Downstream[] = [
  "leaves",
  "takes at once",
  "archives at once",
  "takes later",
  "archives later",
];
const GROUPS = ["automotive-consumer-group", "other-group"] as const;

/** A random scenario: larger than what can be explored to the end. */
export function scenarioOf(seed: number, broken?: Broken): Scenario {
  const lots = new Lots(seed);
  const types = lots.one<readonly Type[]>([["sales"], ["sales"], ["sales", "payments"]]);
  // Some worlds know all faults, some only a few, which then meet more often.
  const some = lots.below(3) === 0
    ? faults
    : faults.filter((fault) => fault.startsWith("crash") || lots.below(3) === 0);
  return {
    name: `seed ${seed}`,
    topics: types.map((type) => ({
      type,
      partitions: Array.from(
        { length: 1 + lots.below(3) },
        () => Array.from({ length: lots.below(7) }, () => lots.one(KINDS)),
      ),
    })),
    groups: Object.fromEntries(
      GROUPS.slice(0, lots.below(4) === 0 ? 2 : 1).map((name) => [name, 1 + lots.below(3)]),
    ),
    rows: 1 + lots.below(4),
    fetch: 1 + lots.below(4),
    later: lots.below(3),
    downstream: lots.one(DOWNSTREAMS),
    faults: new Set(some),
    eager: false,
    broken,
  };
}

/** One random run, and what was wrong with it. */
export async function runSeed(
  seed: number,
  broken?: Broken,
): Promise<{ faults: ReadonlyMap<Fault, number>; moves: number; failure?: Failure }> {
  const lots = new Lots(~seed);
  const run = new Run(scenarioOf(seed, broken), 1 + lots.below(MAX_FAULTS));
  const rarity = 2 + lots.below(14);
  const odds = 1 + lots.below(4);
  while (true) {
    const isFault = lots.below(rarity) === 0;
    const all = run.moves(isFault);
    const wrong = run.wrong(all);
    if (wrong) {
      const { happened: faults } = run.world;
      const failure = wrong.length > 0 ? { schedule: run.schedule, wrong } : undefined;
      return { faults, moves: run.schedule.length, failure };
    }
    await run.take(pick(all, isFault, lots, odds));
  }
}

/** Faults that can happen at any moment; the others would be drowned by them. */
const EVER: ReadonlySet<Fault> = new Set([
  "retention",
  "truncation",
  "topic recreated",
  "session timeout",
  "stop",
  "a day passes",
  "a week passes",
  "server clock set back",
  "member clock jumps",
]);

/** A fault's kind is chosen first, so that each gets its turn however many places there are for others. */
function pick(moves: readonly Move[], isFault: boolean, lots: Lots, odds: number): Move {
  if (isFault) {
    const kinds = [...new Set(moves.flatMap(({ fault }) => fault ?? []))];
    const rare = kinds.filter((kind) => !EVER.has(kind));
    if (kinds.length > 0) {
      const kind = lots.one(rare.length > 0 && lots.below(3) > 0 ? rare : kinds);
      return lots.one(moves.filter(({ fault }) => fault === kind));
    }
  }
  const ordinary = moves.filter(({ fault }) => !fault);
  // Most of the time the oldest go first: otherwise every member is always in the middle of something.
  return lots.below(odds) > 0 ? ordinary[0]! : lots.one(ordinary);
}
