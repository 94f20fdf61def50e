import { type Event, type Type, types } from "../../shared/catalogue/events.ts";
import { createCompany, type Identity } from "./company.ts";
import { createDeals } from "./deals.ts";
import { createPayments } from "./payments.ts";
import { createProcurement } from "./procurement.ts";
import { mix } from "./random.ts";
import { createRoad } from "./road.ts";
import { createShowroom } from "./showroom.ts";
import { createStock } from "./stock.ts";
import { formatMicroseconds } from "./clock.ts";
import type { Parts } from "./memory.ts";

/** When an event happens, in whole microseconds since 1970; undefined if it is not needed. */
export type Times = (type: Type, round: number) => number | undefined;

/**
 * Generates the next event of a system; without a time none is generated, though the business moves
 * on.
 */
type Maker<T extends Type> = (
  round: number,
  at: string | undefined,
  micros: number,
) => Event<T> | undefined;

/** One business: the same identity always gives the same one, whichever parts of it are used. */
export interface Business {
  /** The round that comes next, from 0. */
  readonly round: number;
  /**
   * The events of the next round: one for each system with a time, in the order of the
   * catalogue.
   */
  next(times: Times): Event[];
  /** The sizes of its collections, by name. */
  sizes(): ReadonlyMap<string, number>;
  /** All that it goes on from, to be written before it goes on. */
  kept(): KeptBusiness;
  /** The round in which the sale was signed that the latest payment belongs to. */
  readonly paidRound: number;
}

/** A business as it stands before a round; it holds no functions, and things more than once. */
export interface KeptBusiness {
  readonly round: number;
  readonly parts: Parts;
}

/** A car is received, counted, shown, sold, paid and driven: each has its own part of a round. */
export const PARTS: readonly Type[] = [
  "procurement",
  "inventory",
  "interactions",
  "sales",
  "payments",
  "telemetry",
];

/**
 * The order of the systems within a round, in which its times have to be. Those that were added to
 * the catalogue later come last, so that the events of the others stay the same.
 */
export const ORDER: readonly Type[] = [
  ...PARTS,
  ...types.filter((type) => !PARTS.includes(type)),
];

/**
 * The rules by which a business comes out of its identity. Another number where the same identity
 * would have other events: a world that began by other rules is not continued, as its past would
 * not fit.
 */
export const RULES = 2;

/** Where each of them stands in the catalogue. */
const PLACES = ORDER.map((type) => types.indexOf(type));

/**
 * Opens the business. A round is one event of each system; what takes days in the business takes
 * rounds, so it goes at whatever pace its events are asked for.
 *
 * @param kept where it goes on; at its first round by default
 */
export function createBusiness(identity: Identity, kept?: KeptBusiness): Business {
  const company = createCompany(identity);
  const stock = createStock(company);
  const showroom = createShowroom(company);
  const payments = createPayments(company);
  const road = createRoad(company, showroom, mix(identity.seed, 2));
  const systems: { [T in Type]: Maker<T> } = {
    procurement: createProcurement(company, stock),
    inventory: stock.next,
    interactions: showroom.next,
    sales: createDeals(company, { stock, showroom, payments }),
    payments: payments.next,
    telemetry: road.next,
  };
  let round = kept?.round ?? 0;
  if (kept) company.memory.restore(kept.parts);
  return {
    get round() {
      return round;
    },
    sizes: () => company.memory.sizes(),
    kept: () => ({ round, parts: company.memory.all() }),
    get paidRound() {
      return payments.saleOf().round;
    },
    next(times) {
      const made: (Event | undefined)[] = types.map(() => undefined);
      for (const [index, type] of ORDER.entries()) {
        const micros = times(type, round);
        const at = micros === undefined ? undefined : formatMicroseconds(micros);
        const event = systems[type](round, at, micros ?? 0);
        if (event) made[PLACES[index]!] = event;
      }
      round++;
      return made.filter((event) => event !== undefined);
    },
  };
}
