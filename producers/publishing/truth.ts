import { openBooks } from "../../shared/formats/books.ts";
import { type Event, type Type, types } from "../../shared/catalogue/events.ts";
import { table } from "../../shared/cli/table.ts";
import { createFaults, type FaultCounts, type FaultRates, faults } from "./faults.ts";

/** What a run really published, faults and all. */
export interface Truth {
  /** What is published in place of these events. */
  pass(events: readonly Event[]): Event[];
  /** Enters what an earlier run of this world has published. */
  enterPast(event: Event): void;
  /** What faults still hold back. */
  rest(): Event[];
  /** A table for people: events and faults by system. */
  totals(): string;
  /** The report, as JSON. */
  report(world: Readonly<Record<string, unknown>>): string;
}

/**
 * Makes faults on purpose, and keeps the books of what comes of the rest.
 *
 * @param options.keepsBooks without it, only events and faults are counted
 */
export function keepTruth(
  options: { rates: FaultRates; seed: number; keepsBooks: boolean; types: readonly Type[] },
): Truth {
  const stream = createFaults(options.rates, options.seed);
  const books = openBooks();
  const enter = options.keepsBooks ? books.enter : () => {};
  const made = Object.fromEntries(types.map((type) => [type, 0])) as Record<Type, number>;
  return {
    pass: (events) =>
      events.flatMap((event) => {
        made[event.event_type]++;
        return stream.pass(event, enter);
      }),
    enterPast: enter,
    rest: () => stream.rest(),
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
