import { formatId } from "./ids.ts";
import { createMemory, type Memory } from "./memory.ts";
import type { Model } from "./models.ts";
import type { Drive } from "./drive.ts";
import { createPeople, type Customer, type People } from "./people.ts";
import { mix, type Random } from "./random.ts";
import { cities } from "./roads.ts";
import { createSuppliers, type Supplier } from "./suppliers.ts";

/** Rounds per business day. */
export const DAY = 144;
/** The first rounds, in which cars of earlier orders arrive, so that there is something to sell. */
export const OPENING = 24;

/** Below this many cars to show, stock is short. */
export const SCARCE = 30;
/** Above this many, there is more than enough. */
export const PLENTY = 700;
/** Sold cars that are remembered: these can be on the road. */
const REMEMBERED = 3_000;

/** Who sells. */
export interface Dealer {
  readonly id: string;
  readonly name: string;
  /** Its city's place in the list of cities. */
  readonly city: number;
  /** Cars that it has, or has ordered. */
  cars: number;
}

/** One car with one VIN, all its life. */
export interface Car {
  readonly id: string;
  readonly vin: string;
  readonly model: Model;
  readonly year: number;
  /** What it costs new, in cents. */
  readonly listPrice: number;
  dealer: Dealer;
  /** Received, and neither sold nor returned. */
  isInStock: boolean;
  /** Has been received at some time. */
  hasArrived: boolean;
  /** A customer wants it, or has bought it. */
  isReserved: boolean;
  /** Came back from a customer. */
  isUsed: boolean;
  isOnRoad: boolean;
  /** Its place in the list of the cars that can be shown; -1 if it is not there. */
  shown: number;
  owner?: Customer;
  /** How it is driven, once it has been. */
  drive?: Drive;
  /** How it came to the dealer. */
  order?: Order;
}

/** An order of one car at a supplier. */
export interface Order {
  readonly id: string;
  readonly car: Car;
  readonly supplier: Supplier;
  /** In cents. */
  readonly cost: number;
}

/** All that the systems of the business share. */
export interface Company {
  readonly memory: Memory;
  readonly random: Random;
  readonly dealers: readonly Dealer[];
  readonly suppliers: ReadonlyMap<string, readonly Supplier[]>;
  readonly people: People;
  /** How many cars the dealers have, or have ordered. */
  readonly lots: { cars: number };
  /** Cars that are counted in stock and not reserved. */
  readonly shown: Car[];
  /** The cars that were sold last. */
  readonly sold: readonly Car[];
  /** Remembers a sold car, in place of one that was sold long ago. */
  remember(car: Car): void;
  /** An id of a number from 0, which no other of its prefix has. */
  readonly id: (prefix: string, number: number) => string;
  /** The date of a round by the business's own calendar. */
  dateOf(round: number): { readonly year: number; readonly month: number };
}

/** What makes a business this one. */
export interface Identity {
  /** A 32-bit number: all that happens comes from it. */
  readonly seed: number;
  /** Where its ids begin, a 32-bit number. */
  readonly base: number;
  /** When its first round begins, in microseconds since 1970. */
  readonly start: number;
  /** From one round to the next by its calendar, in microseconds. */
  readonly step: number;
}

/** Founds the business. */
export function createCompany({ seed, base, start, step }: Identity): Company {
  const memory = createMemory();
  const random = memory.random("chance", mix(seed, 1));
  const id = (prefix: string, number: number) => formatId(prefix, (base + number) >>> 0);
  const dealers = cities.map(({ name }, city) => ({
    id: id("DLR", city),
    name: `${name} ${random.pick(["Motors", "Auto", "Car Centre", "Wheels"])}`,
    city,
    cars: 0,
  }));
  memory.values("dealers", dealers);
  const people = createPeople(memory, { random, id });
  const sold = memory.list<Car>("sold");
  let dated = -1;
  let date = { year: 0, month: 0 };
  return {
    memory,
    random,
    dealers,
    suppliers: createSuppliers(random, id),
    people,
    lots: memory.values("lots", { cars: 0 }),
    shown: memory.list("shown"),
    sold,
    remember(car) {
      if (sold.length < REMEMBERED) sold.push(car);
      else sold[random.below(REMEMBERED)] = car;
    },
    id,
    dateOf(round) {
      const day = Math.floor((start + round * step) / 86_400_000_000);
      if (day !== dated) {
        const at = new Date(day * 86_400_000);
        dated = day;
        date = { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1 };
      }
      return date;
    },
  };
}

/** Removes a car from its dealer's lot: it is sold, or returned. */
export function removeFromLot(company: Company, car: Car): void {
  hide(company, car);
  car.isInStock = false;
  car.dealer.cars--;
  company.lots.cars--;
}

/** Adds a car to the lot. */
export function addToLot(company: Company, car: Car): void {
  car.dealer.cars++;
  company.lots.cars++;
}

/** Shows a car to customers, if it is in stock and not reserved. */
export function show({ shown }: Company, car: Car): void {
  if (car.shown >= 0 || car.isReserved || !car.isInStock) return;
  car.shown = shown.push(car) - 1;
}

/** Hides it again. */
export function hide({ shown }: Company, car: Car): void {
  if (car.shown < 0) return;
  const last = shown.pop()!;
  if (last !== car) {
    shown[car.shown] = last;
    last.shown = car.shown;
  }
  car.shown = -1;
}
