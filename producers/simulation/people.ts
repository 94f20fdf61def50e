import { firstNames, lastNames } from "./names.ts";
import type { Memory } from "./memory.ts";
import type { Random } from "./random.ts";
import type { Car } from "./company.ts";

/** Who asks, buys, pays and drives. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  email: string;
  /** The city of the dealer whom they last went to. */
  city: number;
  /** Pays weeks late. */
  readonly isSlow: boolean;
  /** The car that they bought last. */
  car?: Car;
}

/** The customers whom the business remembers. */
export interface People {
  /** Who comes to a dealer of a city: somebody new, or one who was there before. */
  visitor(city: number): Customer;
}

/** Customers that are remembered; then new ones take the place of others. */
const REMEMBERED = 4_000;
const DOMAINS = ["example.com", "example.net", "example.org"];

/** Begins with nobody. */
export function createPeople(
  memory: Memory,
  { random, id }: { random: Random; id: (prefix: string, number: number) => string },
): People {
  const customers = memory.list<Customer>("customers");
  const met = memory.values("customers met", { count: 0 });
  return {
    visitor(city) {
      if (customers.length > 0 && random.chance(0.3)) {
        const known = random.pick(customers);
        // Whoever goes to a dealer elsewhere has moved; few do.
        if (known.city === city || random.chance(0.2)) return returned(known, city);
      }
      const customer = create(city);
      if (customers.length < REMEMBERED) customers.push(customer);
      else customers[random.below(REMEMBERED)] = customer;
      return customer;
    },
  };

  function create(city: number): Customer {
    const number = met.count++;
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
    return {
      id: id("CUST", number),
      name,
      email: address(name),
      city,
      isSlow: random.chance(0.06),
    };
  }

  function returned(customer: Customer, city: number): Customer {
    customer.city = city;
    if (random.chance(0.1)) customer.email = address(customer.name);
    return customer;
  }

  /** In a domain reserved for examples (RFC 2606), so that none is a real mailbox. */
  function address(name: string): string {
    const local = name.toLowerCase().replaceAll(" ", ".").replace(/[^a-z.]/g, "");
    return `${local}${random.between(1, 999)}@${random.pick(DOMAINS)}`;
  }
}
