import type { Faker } from "@faker-js/faker";
import { createIds, type Ids } from "./ids.ts";
import { type Model, models } from "./models.ts";
import type { Event } from "../shared/events.ts";
import { createVin } from "./vin.ts";

/** Who buys, pays and calls. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Who sells. */
export interface Dealer {
  readonly id: string;
  readonly name: string;
  /** Where it stands, in degrees. */
  readonly latitude: number;
  readonly longitude: number;
}

/** A car, and the dealer where it stands. */
export interface Vehicle extends Model {
  readonly id: string;
  readonly vin: string;
  readonly dealer: Dealer;
}

/** Who delivers to the dealers. */
export interface Supplier {
  readonly id: string;
  readonly name: string;
}

/** Whom and what the events of all systems speak of: the same through a run. */
export interface Market {
  readonly customers: readonly Customer[];
  readonly dealers: readonly Dealer[];
  readonly vehicles: readonly Vehicle[];
  readonly suppliers: readonly Supplier[];
  /** Sales that wait for their payment, the oldest first; at most `MAX_OPEN_SALES`. */
  readonly openSales: Event<"sales">[];
}

/** Without payments in the same process nobody takes sales from the queue: it must not grow. */
export const MAX_OPEN_SALES = 1_000;

const CITIES: readonly [name: string, latitude: number, longitude: number][] = [
  ["Johannesburg", -26.2041, 28.0473],
  ["Pretoria", -25.7479, 28.2293],
  ["Cape Town", -33.9249, 18.4241],
  ["Durban", -29.8587, 31.0218],
  ["Gqeberha", -33.9608, 25.6022],
  ["Bloemfontein", -29.0852, 26.1596],
  ["Polokwane", -23.9045, 29.4689],
  ["Mbombela", -25.4753, 30.9694],
];

/**
 * Makes the market out of a random source: the same source, the same market.
 *
 * @param ids reserved ones; else they begin by lot
 */
export function createMarket(faker: Faker, ids?: Ids): Market {
  const id = ids ?? createIds(faker.number.int({ max: 0xffff_ffff }));
  const pick = (max: number) => faker.number.int({ max });
  const dealers = CITIES.map(([city, latitude, longitude]) => ({
    id: id("DLR"),
    name: `${city} ${faker.helpers.arrayElement(["Motors", "Auto", "Car Centre", "Wheels"])}`,
    latitude,
    longitude,
  }));
  return {
    dealers,
    customers: Array.from({ length: 200 }, () => createCustomer(faker, id("CUST"))),
    vehicles: Array.from({ length: 300 }, () => {
      const model = faker.helpers.arrayElement(models);
      return {
        ...model,
        id: id("VEH"),
        vin: createVin(model.maker, faker.number.int({ min: 2020, max: 2026 }), pick),
        dealer: faker.helpers.arrayElement(dealers),
      };
    }),
    suppliers: Array.from({ length: 12 }, () => ({ id: id("SUP"), name: faker.company.name() })),
    openSales: [],
  };
}

/** Addresses end in the domains kept for examples (RFC 2606): none reaches a real mailbox. */
function createCustomer(faker: Faker, id: string): Customer {
  const [firstName, lastName] = [faker.person.firstName(), faker.person.lastName()];
  const email = faker.internet.exampleEmail({ firstName, lastName }).toLowerCase();
  return { id, name: `${firstName} ${lastName}`, email };
}
