import { InvalidArgumentError } from "commander";
import { catalogue, type Event, type Type, types } from "../../shared/catalogue/events.ts";
import { createRandom, mix } from "../simulation/random.ts";

/** The faults that can be injected. */
export const faults = ["duplicate", "late", "out-of-order", "invalid", "null"] as const;
/** One of them. */
export type Fault = (typeof faults)[number];
/** The share of the events that has each. */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;
/** How often each was injected, by system. */
export type FaultCounts = Record<Type, Record<Fault, number>>;

/** Injects faults into a stream of events. */
export interface FaultyStream {
  /**
   * What is published in place of an event: the event, a duplicate, something broken, or nothing
   * yet.
   *
   * @param options.rates its shares of faults
   * @param options.isGood called with the event, as it is published, when it can become a fact
   * @param options.isLate it comes after later ones already, so it is not held back
   */
  pass(
    event: Event,
    options: { rates: FaultRates; isGood?: (event: Event) => void; isLate?: boolean },
  ): Event[];
  /** An event that was published before, as it was; undefined if it cannot become a fact. */
  past(event: Event, rates: FaultRates): Event | undefined;
  /** What is held back. */
  readonly held: readonly Event[];
  /** Releases what is still held back. */
  flush(): Event[];
  readonly counts: FaultCounts;
}

/** A late event comes after this many others of its system. */
const LATE = [20, 200] as const;

/** Fields that the warehouse's sums do not need; only these are emptied. */
const OPTIONAL: Partial<Record<Type, string>> = {
  sales: "email",
  payments: "transaction_reference",
  interactions: "notes",
  inventory: "last_updated",
  procurement: "supplier_name",
  telemetry: "engine_temperature",
};

/** The field of a type that is emptied; for types without a listed one, its last own field. */
export function optionalField(type: Type): string {
  return OPTIONAL[type] ?? Object.keys(catalogue[type].fields).at(-1)!;
}

/** What breaks an event so that it never becomes a fact: it is a dead letter, or a rejected row. */
const BROKEN: Partial<Record<Type, readonly [field: string, value: unknown][]>> = {
  sales: [["final_price", "12k"], ["sale_price", -1]],
  payments: [["payment_amount", "n/a"], ["payment_amount", -1]],
  interactions: [["duration_minutes", "an hour"], ["duration_minutes", -5]],
  inventory: [["quantity", "one"], ["quantity", -1]],
  procurement: [["cost_price", "n/a"], ["quantity", -1]],
  telemetry: [["speed", "fast"], ["fuel_level", 130], ["location_lat", 91]],
};

/** The values that break a type's events: of one without its own, no time is one. */
export function brokenValues(type: Type): readonly [field: string, value: unknown][] {
  return BROKEN[type] ?? [["timestamp", "yesterday"]];
}

/**
 * Draws faults from the seed: the same ones, whichever systems run, and wherever a run begins.
 */
export function createFaults(seed: number): FaultyStream {
  const counts = Object.fromEntries(
    types.map((type) => [type, Object.fromEntries(faults.map((fault) => [fault, 0]))]),
  ) as FaultCounts;
  const held = new Map<Type, { event: Event; after: number }[]>(types.map((type) => [type, []]));
  /** The event with what is wrong in it, and whether it has a further fault. */
  const draw = (event: Event, rates: FaultRates, onFault: (fault: Fault) => void) => {
    const { event_type: type } = event;
    const random = createRandom(mix(seed, hash(event.event_id)));
    const has = (fault: Fault) => {
      const isDrawn = random.chance(rates[fault] ?? 0);
      if (isDrawn) onFault(fault);
      return isDrawn;
    };
    if (has("invalid")) {
      const [field, value] = random.pick(brokenValues(type));
      return { made: { ...event, [field]: value } as Event, isGood: false, random, has };
    }
    const made = has("null") ? { ...event, [optionalField(type)]: null } as Event : event;
    return { made, isGood: true, random, has };
  };

  return {
    counts,
    get held() {
      return [...held.values()].flat().map(({ event }) => event);
    },
    past(event, rates) {
      const { made, isGood } = draw(event, rates, () => {});
      return isGood ? made : undefined;
    },
    pass(event, options) {
      const { event_type: type } = event;
      const queue = held.get(type)!;
      if (queue.length === 0 && Object.keys(options.rates).length === 0) {
        options.isGood?.(event);
        return [event];
      }
      const { made, isGood, random, has } = draw(
        event,
        options.rates,
        (fault) => counts[type][fault]++,
      );
      if (isGood) options.isGood?.(made);
      const due: Event[] = [];
      for (const one of queue) one.after--;
      held.set(type, queue.filter((one) => one.after > 0 || (due.push(one.event), false)));
      const after = has("late") ? random.between(...LATE) : has("out-of-order") ? 1 : 0;
      if (after > 0 && options.isLate) return [made, ...due];
      if (after > 0) {
        held.get(type)!.push({ event: made, after });
        return due;
      }
      return has("duplicate") ? [made, made, ...due] : [made, ...due];
    },
    flush() {
      const all = [...held.values()].flat().map(({ event }) => event);
      for (const type of types) held.set(type, []);
      return all;
    },
  };
}

/** An option's value: `duplicate=0.01,late=0.02`. */
export function parseFaults(value: string): FaultRates {
  const rates: Partial<Record<Fault, number>> = {};
  for (const part of value.split(",")) {
    const [name = "", rate = ""] = part.split("=").map((text) => text.trim());
    if (!faults.includes(name as Fault) || !/^(0(\.\d+)?|1(\.0+)?)$/.test(rate)) {
      throw new InvalidArgumentError(
        `Use shares from 0 to 1 of ${faults.join(", ")}, such as duplicate=0.01,late=0.02.`,
      );
    }
    rates[name as Fault] = Number(rate);
  }
  return rates;
}

/** A 32-bit number of an id (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
