import { UserError } from "../../shared/cli/errors.ts";
import { type Event, types } from "../../shared/catalogue/events.ts";
import { READER_GONE } from "../../shared/cli/printing.ts";
import type { ProducerOptions } from "../options.ts";
import { createOutput } from "./output.ts";
import { planOf } from "./schedule.ts";
import { DEFAULT_SEED } from "./print_events.ts";
import { DAY } from "../simulation/company.ts";
import { openSeededWorld } from "../world/seeded_world.ts";
import type { World } from "../world/world.ts";

/** Rounds to search unless --count says how many: 90 days of business. */
const ROUNDS = 90 * DAY;

/**
 * Prints the life of one entity: every event that names it, and the payments of its sales, in the
 * order of their times.
 *
 * @returns the exit code
 * @param found a world that is published, and how many of its rounds; else the seed's
 * @throws {UserError} when no event names it
 */
export async function printEntity(
  options: ProducerOptions,
  signal: AbortSignal,
  found?: { world: World; rounds: number },
): Promise<number> {
  const { entity, count, seed = DEFAULT_SEED, profile } = options;
  const { first } = planOf(options);
  const closed = new AbortController();
  const print = createOutput(() => closed.abort());
  const world = found?.world ?? openSeededWorld(seed, first, { types, curve: profile });
  const rounds = count ?? found?.rounds ?? ROUNDS;
  const isPart = partOf(entity!);
  let printed = 0;
  for (let round = 0; round < rounds && !signal.aborted && !closed.signal.aborted; round++) {
    const events = world.next().map(({ event }) => event)
      .sort((a, b) => a.timestamp < b.timestamp ? -1 : 1).filter(isPart);
    printed += events.length;
    if (events.length > 0) await print(events.map((one) => `${JSON.stringify(one)}\n`).join(""));
  }
  if (closed.signal.aborted) return READER_GONE;
  if (printed > 0 || signal.aborted) return 0;
  throw new UserError(
    `Nothing is known of ${entity} in ${rounds} rounds of this business`,
    "give it the --seed and --start-time that the events were made with, and a larger --count",
  );
}

/** Selects the events of one entity: those with its id, and the payments of its sales. */
export function partOf(id: string): (event: Event) => boolean {
  const sales = new Set<string>();
  return (event) => {
    const isNamed = Object.values(event).includes(id);
    if (isNamed && event.event_type === "sales") sales.add(event.sale_id);
    return isNamed || event.event_type === "payments" && sales.has(event.sale_id);
  };
}
