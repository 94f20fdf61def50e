import type { Type } from "../../shared/catalogue/events.ts";
import type { Failure } from "./explore.ts";
import { Random } from "./random.ts";
import type { Kind } from "./logs.ts";
import type { Move } from "./moves.ts";
import { Run } from "./run.ts";
import { type Broken, type Downstream, type Fault, faults, type Scenario } from "./scenario.ts";

/** The most faults in a run. */
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

/** A random scenario, too large to explore exhaustively. */
export function scenarioOf(seed: number, broken?: Broken): Scenario {
  const random = new Random(seed);
  const types = random.pick<readonly Type[]>([["sales"], ["sales"], ["sales", "payments"]]);
  // Some scenarios allow all faults, some only a few, which then coincide more often.
  const some = random.below(3) === 0
    ? faults
    : faults.filter((fault) => fault.startsWith("crash") || random.below(3) === 0);
  return {
    name: `seed ${seed}`,
    topics: types.map((type) => ({
      type,
      partitions: Array.from(
        { length: 1 + random.below(3) },
        () => Array.from({ length: random.below(7) }, () => random.pick(KINDS)),
      ),
    })),
    groups: Object.fromEntries(
      GROUPS.slice(0, random.below(4) === 0 ? 2 : 1).map((name) => [name, 1 + random.below(3)]),
    ),
    rows: 1 + random.below(4),
    fetch: 1 + random.below(4),
    later: random.below(3),
    downstream: random.pick(DOWNSTREAMS),
    faults: new Set(some),
    eager: false,
    broken,
  };
}

/** Runs one random schedule. */
export async function runSeed(
  seed: number,
  broken?: Broken,
): Promise<{ faults: ReadonlyMap<Fault, number>; moves: number; failure?: Failure }> {
  const random = new Random(~seed);
  const run = new Run(scenarioOf(seed, broken), 1 + random.below(MAX_FAULTS));
  const rarity = 2 + random.below(14);
  const odds = 1 + random.below(4);
  while (true) {
    const isFault = random.below(rarity) === 0;
    const all = run.moves(isFault);
    const wrong = run.wrong(all);
    if (wrong) {
      const { happened: faults } = run.world;
      const failure = wrong.length > 0 ? { schedule: run.schedule, wrong } : undefined;
      return { faults, moves: run.schedule.length, failure };
    }
    await run.take(pick(all, isFault, random, odds));
  }
}

/** Faults that can happen at any moment, and would crowd out the others. */
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

/** Picks the kind of a fault first, so that each has its chance however often others can happen. */
function pick(moves: readonly Move[], isFault: boolean, random: Random, odds: number): Move {
  if (isFault) {
    const kinds = [...new Set(moves.flatMap(({ fault }) => fault ?? []))];
    const rare = kinds.filter((kind) => !EVER.has(kind));
    if (kinds.length > 0) {
      const kind = random.pick(rare.length > 0 && random.below(3) > 0 ? rare : kinds);
      return random.pick(moves.filter(({ fault }) => fault === kind));
    }
  }
  const ordinary = moves.filter(({ fault }) => !fault);
  // Mostly the oldest goes first: otherwise every member would always be in the middle of
  // something.
  return random.below(odds) > 0 ? ordinary[0]! : random.pick(ordinary);
}
