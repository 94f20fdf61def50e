import { openBooks } from "../../shared/formats/books.ts";
import { type Event, type Type, types } from "../../shared/catalogue/events.ts";
import { table } from "../../shared/cli/table.ts";
import type { Made } from "../world/world.ts";
import { createFaults, type FaultCounts, type FaultRates, faults } from "./event_faults.ts";

/** What a run really published, including faults. */
export interface Truth {
  /** What is published in place of these events. */
  pass(made: readonly Pick<Made, "event" | "round" | "isPast" | "isLate">[]): Event[];
  /** Adds an event that an earlier run of this world has published. */
  addPast(event: Event, round: number): void;
  /** Takes over which faults the events of earlier runs have. */
  follow(faultsAt: (type: Type, round: number) => FaultRates): void;
  /** What faults hold back. */
  readonly held: readonly Event[];
  /** Releases what faults still hold back. */
  flush(): Event[];
  /** A table for people: events and faults by system. */
  totals(): string;
  /** The report, as JSON. */
  report(world: Readonly<Record<string, unknown>>): string;
}

/**
 * Injects faults, and keeps the books of what is published.
 *
 * @param options.keepsBooks without it, only events and faults are counted
 */
export function keepTruth(
  options: { rates: FaultRates; seed: number; keepsBooks: boolean; types: readonly Type[] },
): Truth {
  const stream = createFaults(options.seed);
  let faultsAt: (type: Type, round: number) => FaultRates = () => options.rates;
  const books = openBooks();
  const enter = options.keepsBooks ? books.enter : () => {};
  const addPast = (event: Event, round: number) => {
    if (!options.keepsBooks) return;
    const fact = stream.past(event, faultsAt(event.event_type, round));
    if (fact) enter(fact);
  };
  const made = Object.fromEntries(types.map((type) => [type, 0])) as Record<Type, number>;
  return {
    pass: (all) =>
      all.flatMap(({ event, round, isPast, isLate }) => {
        if (isPast) {
          addPast(event, round);
          return [];
        }
        made[event.event_type]++;
        const rates = faultsAt(event.event_type, round);
        return stream.pass(event, { rates, isLate, isGood: enter });
      }),
    addPast,
    follow(known) {
      faultsAt = known;
    },
    get held() {
      return stream.held;
    },
    flush: () => stream.flush(),
    totals: () => totalsOf(made, stream.counts, options.types),
    report: (world) =>
      `${
        JSON.stringify(
          { world, events: made, faults: stream.counts, books: books.close() },
          null,
          2,
        )
      }\n`,
  };
}

function totalsOf(
  made: Record<Type, number>,
  counts: FaultCounts,
  chosen: readonly Type[],
): string {
  const rows = chosen.map((
    type,
  ) => [type, made[type], ...faults.map((fault) => counts[type][fault])]);
  return table([["system", "events", ...faults], ...rows]).map((line) => `  ${line}\n`).join("");
}
