// @ts-types="@types/d3-dsv"
import { csvParse } from "d3-dsv";
import { catalogue, type Type, types } from "../shared/catalogue/events.ts";
import type { Cell } from "../shared/cli/table.ts";

/** The ids of a run's events, by type. */
export type Ids = ReadonlyMap<Type, readonly string[]>;

/** Events of a run. */
interface Counts {
  readonly published: number;
  readonly landed: number;
  readonly deadLetters: number;
  /** Facts or rejected rows of the warehouse. */
  readonly loaded: number;
}

/** What became of one type's events in a run. */
export interface TypeSum extends Counts {
  readonly type: Type;
  /** Published, but neither landed nor set aside. */
  readonly lost: readonly string[];
  /** Landed more than once. */
  readonly repeated: readonly string[];
  /** Landed, but not in the warehouse. */
  readonly unloaded: readonly string[];
}

/**
 * Balances a run by the ids of its events, so that what earlier runs have left in the topics and the
 * bucket does not disturb it.
 *
 * @param landed the ids in the files that were landed since the run began: others' too
 * @param deadLetters the ids among the dead letters since the run began
 * @param loaded the ids that the warehouse has, as facts or rejected rows
 */
export function balance(
  published: Ids,
  landed: Ids,
  deadLetters: ReadonlySet<string>,
  loaded: ReadonlySet<string>,
): TypeSum[] {
  return types.map((type) => {
    const ids = published.get(type) ?? [];
    const times = new Map<string, number>();
    for (const id of landed.get(type) ?? []) times.set(id, (times.get(id) ?? 0) + 1);
    return {
      type,
      published: ids.length,
      landed: ids.reduce((sum, id) => sum + (times.get(id) ?? 0), 0),
      deadLetters: ids.filter((id) => deadLetters.has(id)).length,
      loaded: ids.filter((id) => loaded.has(id)).length,
      lost: ids.filter((id) => !times.has(id) && !deadLetters.has(id)),
      repeated: ids.filter((id) => times.get(id)! > 1),
      unloaded: ids.filter((id) => times.has(id) && !loaded.has(id)),
    };
  });
}

/** Whether every published event landed exactly once and is in the warehouse, or is a dead letter. */
export function holds(sums: readonly TypeSum[]): boolean {
  return sums.every(({ published, landed, deadLetters, lost, repeated, unloaded }) =>
    lost.length === 0 && repeated.length === 0 && unloaded.length === 0 &&
    published === landed + deadLetters
  );
}

/** The sum over all types. */
export function total(sums: readonly TypeSum[]): Counts {
  const add = (field: keyof Counts) => sums.reduce((sum, one) => sum + one[field], 0);
  return {
    published: add("published"),
    landed: add("landed"),
    deadLetters: add("deadLetters"),
    loaded: add("loaded"),
  };
}

/** The balance as the rows of a table, with its total. */
export function sumRows(sums: readonly TypeSum[]): Cell[][] {
  return [
    ["type", "published", "landed", "dead letters", "in the warehouse"],
    ...[...sums, { type: "all", ...total(sums) }].map((
      { type, published, landed, deadLetters, loaded },
    ) => [type, published, landed, deadLetters, loaded]),
  ];
}

/** The type and id of an event in a producer's line; undefined if it is another line. */
export function publishedIn(line: string): { type: Type; id: string } | undefined {
  const match = /^✓ Published (\w+)_#\d+: (\S+)$/.exec(line);
  return match && Object.hasOwn(catalogue, match[1]!)
    ? { type: match[1] as Type, id: match[2]! }
    : undefined;
}

/** What the loader has loaded in a run. */
export interface LoadedSum {
  readonly files: number;
  readonly rows: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
}

/** A loader's sum after one more line of its output. */
export function addLoaded(sum: LoadedSum, line: string): LoadedSum {
  const match =
    /^✓ Loaded (\d+) \w+ rows ← .+: (\d+) facts(?:, (\d+) rejected)?(?:, (\d+) repeats)?$/
      .exec(line);
  if (!match) return sum;
  const [rows, facts, rejected, repeats] = match.slice(1).map((count) => Number(count ?? 0));
  return {
    files: sum.files + 1,
    rows: sum.rows + rows!,
    facts: sum.facts + facts!,
    rejected: sum.rejected + rejected!,
    repeats: sum.repeats + repeats!,
  };
}

/** The event ids in a landed file. */
export function idsIn(csv: string): string[] {
  return csvParse(csv).map((row) => row.event_id!);
}

/** The event ids of messages that may be anything. */
export function idsOf(values: readonly (Uint8Array | null)[]): Set<string> {
  const ids = new Set<string>();
  for (const value of values) {
    try {
      ids.add(JSON.parse(new TextDecoder().decode(value ?? undefined)).event_id);
    } catch {
      // Not JSON, or null: no event of ours.
    }
  }
  return ids;
}
