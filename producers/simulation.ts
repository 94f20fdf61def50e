import { base, en, en_ZA, Faker } from "@faker-js/faker";
import { type Event, type Type, types as allTypes } from "../shared/events.ts";
import { type Clock, seededClock, systemClock } from "./clock.ts";
import type { Context, Generator } from "./generators/context.ts";
import { generateInteraction } from "./generators/interactions.ts";
import { generateInventory } from "./generators/inventory.ts";
import { generatePayment } from "./generators/payments.ts";
import { generateProcurement } from "./generators/procurement.ts";
import { generateSale } from "./generators/sales.ts";
import { generateTelemetry } from "./generators/telemetry.ts";
import { createIds, type Ids } from "./ids.ts";
import { createMarket } from "./market.ts";

/** The simulated systems of one process. */
export interface Simulation {
  /** The next event of each system, in the order of the catalogue. */
  round(): Event[];
}

const generators: { [T in Type]: Generator<Event<T>> } = {
  sales: generateSale,
  payments: generatePayment,
  interactions: generateInteraction,
  inventory: generateInventory,
  procurement: generateProcurement,
  telemetry: generateTelemetry,
};

/**
 * Starts the simulated systems. With a seed they give the same events again, times included; each
 * system has a random source of its own, so it does so whichever other systems run beside it (only
 * payments follow the sales of the same process).
 *
 * @param options.interval seconds between the events of a system, for the times of seeded events
 * @param options.ids reserved ids for all of them; else each system's begin by lot
 */
export function createSimulation(
  types: readonly Type[],
  options: { seed?: number; interval: number; ids?: Ids },
): Simulation {
  const { seed, interval, ids } = options;
  const source = createFaker(seed);
  const market = createMarket(source, ids);
  // One for each type of the catalogue, chosen or not, so that the choice changes no system's events.
  const sources = allTypes.map((type) => ({ type, faker: createFaker(draw(source)) }));
  const systems = sources.filter(({ type }) => types.includes(type)).map(({ type, faker }) => {
    const clock: Clock = seed === undefined ? systemClock : seededClock(interval);
    const context: Context = { faker, market, clock, id: ids ?? createIds(draw(faker)) };
    return (): Event => generators[type](context);
  });
  return { round: () => systems.map((next) => next()) };
}

function createFaker(seed?: number): Faker {
  return new Faker({ locale: [en_ZA, en, base], seed });
}

/** A 32-bit number by lot. */
function draw(faker: Faker): number {
  return faker.number.int({ max: 0xffff_ffff });
}
