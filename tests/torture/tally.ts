import { type Cell, table } from "../../shared/table.ts";

/** What a torture run ends with. */
export interface Tally {
  readonly published: number;
  readonly landed: number;
  readonly deadLetters: number;
  /** Ids that are neither in a file nor a dead letter. */
  readonly lost: readonly string[];
  /** Ids that are in files more than once, or in one although they should be dead letters. */
  readonly repeated: readonly string[];
  readonly files: number;
  /** Keys that were used a second time. */
  readonly overwritten: readonly string[];
}

/**
 * Compares what was published with what came out.
 *
 * @param good ids of events that can be landed
 * @param bad ids of events that cannot
 * @param rows how often each id was landed
 * @param deadLetters ids among the dead letters
 */
export function tallyOf(out: {
  good: ReadonlySet<string>;
  bad: ReadonlySet<string>;
  rows: ReadonlyMap<string, number>;
  deadLetters: ReadonlySet<string>;
  files: number;
  reused: readonly string[];
}): Tally {
  const { good, bad, rows, deadLetters } = out;
  return {
    published: good.size + bad.size,
    landed: [...rows.values()].reduce((sum, times) => sum + times, 0),
    deadLetters: deadLetters.size,
    lost: [
      ...[...good].filter((id) => !rows.has(id)),
      ...[...bad].filter((id) => !deadLetters.has(id)),
    ],
    repeated: [...rows].filter(([id, times]) => times > 1 || !good.has(id)).map(([id]) => id),
    files: out.files,
    overwritten: out.reused,
  };
}

/** Whether nothing was lost and nothing repeated. */
export function isExact({ lost, repeated, overwritten }: Tally): boolean {
  return lost.length + repeated.length + overwritten.length === 0;
}

/** The tally and the faults as lines for a terminal. */
export function tallyText(tally: Tally, strikes: ReadonlyMap<string, number>): string[] {
  const rows: Cell[][] = [
    ["events published", tally.published],
    ["rows landed", tally.landed],
    ["dead letters", tally.deadLetters],
    ["lost", tally.lost.length],
    ["repeated", tally.repeated.length],
    ["files", tally.files],
    ["overwritten names", tally.overwritten.length],
  ];
  const faults = [...strikes].sort(([a], [b]) => a.localeCompare(b));
  const total = faults.reduce((sum, [, times]) => sum + times, 0);
  return [
    ...table([["outcome", "count"], ...rows]),
    "",
    ...table([["fault", "times"], ...faults, ["all", total]]),
  ];
}
