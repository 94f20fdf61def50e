import { type Cell, table } from "../../shared/cli/table.ts";
import type { Finding, Tally } from "./tally.ts";

/** How many findings of a kind are shown. */
const SHOWN = 50;

const wrong = [
  ["lost", "lost"],
  ["repeated", "repeated in silence"],
  ["unreported", "retention losses that were not said"],
  ["overwritten", "overwritten names"],
  ["wrong", "files with a wrong provenance"],
  ["notLoaded", "rows missing in the warehouse"],
] as const;

/** Whether nothing is wrong. */
export function isExact(tally: Tally): boolean {
  return wrong.every(([name]) => tally[name].length === 0);
}

/** The tally and the faults as lines for a terminal. */
export function tallyText(tally: Tally, strikes: ReadonlyMap<string, number>): string[] {
  const rows: Cell[][] = [
    ["events published", tally.published],
    ["rows landed", tally.landed],
    ["dead letters", tally.deadLetters],
    ["files", tally.files],
    ["deleted before they were read, said", tally.deleted],
    ["not landed when their topic was deleted", tally.gone],
    ["repeated, said", tally.repeatedAsSaid],
    ...wrong.map(([name, title]) => [title, countOf(tally[name])]),
  ];
  const faults = [...strikes].sort(([a], [b]) => a.localeCompare(b));
  const total = faults.reduce((sum, [, times]) => sum + times, 0);
  return [
    ...table([["outcome", "count"], ...rows]),
    "",
    ...table([["fault", "times"], ...faults, ["all", total]]),
  ];
}

/** What is wrong, the first of each kind, as lines for a terminal. */
export function wrongText(tally: Tally): string[] {
  return wrong.filter(([name]) => tally[name].length > 0).map(([name, title]) =>
    `✗ ${title}: ${tally[name].slice(0, SHOWN).map(({ what }) => what).join(", ")}`
  );
}

function countOf(findings: readonly Finding[]): number {
  return findings.reduce((sum, { count }) => sum + count, 0);
}

/** What a run has counted, by name. */
export function figuresOf(
  tally: Tally,
  strikes: ReadonlyMap<string, number>,
): Record<string, number> {
  return {
    published: tally.published,
    landed: tally.landed,
    "dead letters": tally.deadLetters,
    files: tally.files,
    faults: [...strikes.values()].reduce((sum, times) => sum + times, 0),
    ...Object.fromEntries(wrong.map(([name, title]) => [title, countOf(tally[name])])),
  };
}
