import type { Event } from "../../shared/catalogue/events.ts";
import { type Model, models } from "./models.ts";
import { createVin } from "./vin.ts";
import {
  addToLot,
  type Car,
  type Company,
  DAY,
  type Dealer,
  OPENING,
  type Order,
  removeFromLot,
  SCARCE,
} from "./company.ts";
import { createDueQueue } from "./due_queue.ts";
import type { Stock } from "./stock.ts";

/** Cars that all dealers together want to have, those that are ordered among them. */
const WANTED = 1_600;

type Status = Event<"procurement">["procurement_status"];

/**
 * Returns the next event of a system; without a time none is generated, though the business moves
 * on.
 */
export type System<E extends Event> = (round: number, at: string | undefined) => E | undefined;

/** Orders cars at suppliers, takes them in, and sends some back. */
export function createProcurement(
  company: Company,
  stock: Stock,
): System<Event<"procurement">> {
  const { random, dealers, suppliers } = company;
  const ordered = createDueQueue<Order>(company, "orders");
  const returned = createDueQueue<Order>(company, "defects");
  const made = company.memory.values("cars made", { count: 0 });

  return (round, at) => {
    const [order, status] = next(round);
    if (at === undefined) return undefined;
    const { car, supplier } = order;
    return {
      event_type: "procurement",
      event_id: company.id("PROC", round),
      timestamp: at,
      procurement_id: order.id,
      vehicle_id: car.id,
      vehicle_vin: car.vin,
      vehicle_make: car.model.make,
      supplier_id: supplier.id,
      supplier_name: supplier.name,
      dealer_id: car.dealer.id,
      cost_price: order.cost / 100,
      procurement_date: at,
      procurement_status: status,
      quantity: 1,
    };
  };

  function next(round: number): [Order, Status] {
    // What was ordered before the first round arrives in the first ones.
    if (round < OPENING && round % 3 !== 2) return receive(round, order(round));
    while (returned.due <= round) {
      const faulty = returned.take()!;
      if (canReturn(faulty.car)) return returnToSupplier(round, faulty);
    }
    if (ordered.due <= round) return receive(round, ordered.take()!);
    // While there is little to sell, suppliers hurry.
    if (company.shown.length < SCARCE && ordered.size > 0 && round % 2 === 0) {
      return receive(round, ordered.take()!);
    }
    if (company.lots.cars < WANTED || ordered.size === 0 && !overstock()) {
      const one = order(round);
      const { days } = one.supplier;
      ordered.add(round + random.between(days * DAY, 2 * days * DAY), one);
      stock.announce(one.car);
      return [one, "Ordered"];
    }
    if (ordered.size > 0) return receive(round, ordered.take()!);
    return returnToSupplier(round, overstock()!);
  }

  function order(round: number): Order {
    const dealer = dealers.reduce((least, one) => one.cars < least.cars ? one : least);
    const car = createCar(company, made.count++, round, dealer);
    addToLot(company, car);
    const share = random.between(7_800, 8_900);
    return car.order = {
      id: company.id("PROC", round),
      car,
      supplier: random.pick(suppliers.get(car.model.make)!),
      cost: Math.round(car.listPrice * share / 10_000),
    };
  }

  function receive(round: number, order: Order): [Order, Status] {
    order.car.isInStock = order.car.hasArrived = true;
    stock.arrive(round, order.car);
    if (random.chance(order.supplier.defects)) {
      returned.add(round + random.between(20, DAY), order);
    }
    return [order, "Received"];
  }

  function returnToSupplier(round: number, order: Order): [Order, Status] {
    removeFromLot(company, order.car);
    stock.leave(round, order.car);
    return [order, "Returned"];
  }

  function canReturn(car: Car): boolean {
    return car.isInStock && !car.isReserved && !car.isUsed;
  }

  /** A car that nobody wants, whose order can be cancelled. */
  function overstock(): Order | undefined {
    return company.shown.find(canReturn)?.order;
  }
}

const popularity = models.map(({ listPrice }) => 1 / listPrice);
const total = popularity.reduce((sum, share) => sum + share, 0);

/** A new car. The cheaper a model, the more of it are sold. */
function createCar(company: Company, number: number, round: number, dealer: Dealer): Car {
  const { random, id } = company;
  const model = pickModel(random.next() * total);
  const { year, month } = company.dateOf(round);
  // From October on, next year's models are delivered; some are of last year's.
  const modelYear = month >= 10
    ? year + Number(random.chance(0.5))
    : year - Number(random.chance(0.1));
  // What it has beyond the plainest of its model.
  const extras = random.between(0, 1_400);
  return {
    id: id("VEH", number),
    vin: createVin(
      model.maker,
      Math.min(2039, Math.max(2010, modelYear)),
      (max) => random.below(max + 1),
    ),
    model,
    year: modelYear,
    listPrice: Math.round(model.listPrice * (10_000 + extras) / 100),
    dealer,
    isInStock: false,
    hasArrived: false,
    isReserved: false,
    isUsed: false,
    isOnRoad: false,
    shown: -1,
  };
}

function pickModel(draw: number): Model {
  for (const [index, share] of popularity.entries()) {
    draw -= share;
    if (draw < 0) return models[index]!;
  }
  return models[0]!;
}
