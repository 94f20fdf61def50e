import { lastNames } from "./names.ts";
import { models } from "./models.ts";
import type { Random } from "./random.ts";

/** Who delivers to the dealers. */
export interface Supplier {
  readonly id: string;
  readonly name: string;
  /** The share of its cars that go back. */
  readonly defects: number;
  /** How many business days it takes at least, and at most as many again. */
  readonly days: number;
}

/** Suppliers in all. */
const COUNT = 12;

/** The suppliers of each make: one, and a second one of the first makes. */
export function createSuppliers(
  random: Random,
  id: (prefix: string, number: number) => string,
): Map<string, Supplier[]> {
  const makes = [...new Set(models.map(({ make }) => make))];
  const suppliers = new Map<string, Supplier[]>(makes.map((make) => [make, []]));
  for (let number = 0; number < COUNT; number++) {
    const kind = random.pick(["Motor Imports", "Vehicle Distributors", "Automotive Supply"]);
    suppliers.get(makes[number % makes.length]!)!.push({
      id: id("SUP", number),
      name: `${random.pick(lastNames)} ${kind}`,
      defects: random.between(5, 60) / 1_000,
      days: random.between(2, 5),
    });
  }
  return suppliers;
}
