import type { Faker } from "@faker-js/faker";
import { catalogue, type Type } from "../../shared/events.ts";
import type { Clock } from "../clock.ts";
import type { Ids } from "../ids.ts";
import type { Market } from "../market.ts";

/** All that a generator draws on. The same context gives the same events. */
export interface Context {
  readonly faker: Faker;
  readonly market: Market;
  readonly clock: Clock;
  /** Gives a further unique id with a prefix. */
  readonly id: Ids;
}

/** Makes the next event of a type. */
export type Generator<Event> = (context: Context) => Event;

/** The fields that every event starts with. The clock is read once an event, and only here. */
export function beginEvent<T extends Type>(type: T, { id, clock }: Context) {
  return { event_type: type, event_id: id(catalogue[type].prefix), timestamp: clock() };
}

/** One of a kind's values, each by its weight. */
export function weighted<const V>(faker: Faker, values: readonly [value: V, weight: number][]): V {
  return faker.helpers.weightedArrayElement(
    values.map(([value, weight]) => ({ value, weight })),
  );
}

/** An amount of cents as a number with at most two decimals. */
export function fromCents(cents: number): number {
  return cents / 100;
}
