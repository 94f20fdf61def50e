import type { Event } from "../../shared/catalogue/events.ts";
import { type Car, type Company, OPENING, SCARCE, show } from "./company.ts";
import { createDueQueue } from "./due_queue.ts";
import type { System } from "./procurement.ts";

/** What other systems need of inventory. */
export interface Stock {
  /** Cars that have come or gone, and are not counted yet. */
  readonly uncounted: number;
  /** A car has arrived. It is shown once it is counted. */
  arrive(round: number, car: Car): void;
  /** A car has gone. */
  leave(round: number, car: Car): void;
  /** A car is ordered. */
  announce(car: Car): void;
}

/** Ordered cars that wait to be announced, at most. */
const ANNOUNCED = 50;

/** Counts the cars on the lots: those that come and go, else those that stand there. */
export function createStock(company: Company): Stock & { next: System<Event<"inventory">> } {
  const { random } = company;
  const arrived = createDueQueue<Car>(company, "arrived");
  const left = createDueQueue<Car>(company, "left");
  const coming = company.memory.list<Car>("coming");

  return {
    get uncounted() {
      return arrived.size + left.size;
    },
    arrive: (round, car) => {
      const isUrgent = round < OPENING || company.shown.length < SCARCE;
      arrived.add(isUrgent ? round : round + random.below(8), car);
    },
    leave: (round, car) => left.add(round + random.between(1, 20), car),
    announce: (car) => {
      if (coming.length < ANNOUNCED) coming.push(car);
    },
    next(round, at) {
      const car = next(round);
      show(company, car);
      if (at === undefined) return undefined;
      const id = company.id("INV", round);
      return {
        event_type: "inventory",
        event_id: id,
        timestamp: at,
        inventory_id: id,
        vehicle_id: car.id,
        vehicle_vin: car.vin,
        vehicle_make: car.model.make,
        vehicle_model: car.model.model,
        dealer_id: car.dealer.id,
        dealer_name: car.dealer.name,
        quantity: car.isInStock ? 1 : 0,
        stock_status: car.isInStock ? "In Stock" : isComing(car) ? "Coming Soon" : "Out of Stock",
        last_updated: at,
      };
    },
  };

  /** Ordered, and never there yet. */
  function isComing(car: Car): boolean {
    return !car.isInStock && car.owner === undefined && !car.hasArrived;
  }

  function next(round: number): Car {
    if (arrived.due <= round) return arrived.take()!;
    if (left.due <= round) return left.take()!;
    while (coming.length > 0) {
      const car = coming.shift()!;
      if (isComing(car)) return car;
    }
    // No change is waiting: a car on the lot is counted again.
    if (company.shown.length > 0) return random.pick(company.shown);
    const car = left.take() ?? arrived.take();
    if (!car) throw new Error(`round ${round}: there is no car to count`);
    return car;
  }
}
