import { csvLine } from "../../shared/formats/csv.ts";
import { columnsOf, type Event, type Type } from "../../shared/catalogue/events.ts";
import { READER_GONE } from "../../shared/cli/printing.ts";
import { createOutput } from "./output.ts";
import type { ProducerOptions } from "../options.ts";
import { planOf } from "./schedule.ts";
import { dueRounds } from "./rounds.ts";
import type { Truth } from "./truth.ts";
import { openSeededWorld } from "../world/seeded_world.ts";

/** The world that is printed when no seed says which. */
export const DEFAULT_SEED = 1;

/**
 * Prints events instead of publishing them, as fast as the reader takes them; returns the exit
 * code.
 */
export async function printEvents(
  options: ProducerOptions,
  truth: Truth,
  signal: AbortSignal,
): Promise<number> {
  const { types, count, seed = DEFAULT_SEED, format, profile, speed } = options;
  const closed = new AbortController();
  const print = createOutput(() => closed.abort());
  const plan = planOf(options);
  const world = openSeededWorld(seed, plan.first, { types, curve: profile });
  const lines = format === "csv"
    ? (events: Event[]) => events.map((event) => csvRow(event.event_type, event))
    : (events: Event[]) => events.map((event) => JSON.stringify(event));
  if (format === "csv") await print(`${csvLine(columnsOf(types[0]!))}\n`);
  const all = AbortSignal.any([signal, closed.signal]);
  const show = (events: Event[]) => print(lines(events).map((line) => `${line}\n`).join(""));
  for await (const due of dueRounds(world, plan, { interval: 0, speed, count, signal: all })) {
    const made = Array.from({ length: due }, () => world.next()).flat();
    await show(truth.pass(made));
  }
  await show(truth.flush());
  return closed.signal.aborted ? READER_GONE : 0;
}

function csvRow(type: Type, event: Event): string {
  const values = event as unknown as Record<string, unknown>;
  return csvLine(columnsOf(type).map((name) => values[name] == null ? "" : String(values[name])));
}
