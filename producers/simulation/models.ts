/** A model that dealers sell. */
export interface Model {
  readonly make: string;
  readonly model: string;
  /** The maker's world manufacturer identifier: how its VINs begin (ISO 3780). */
  readonly maker: string;
  /** In whole currency units. */
  readonly listPrice: number;
}

/** What the simulated dealers sell. */
export const models: readonly Model[] = [
  model("Toyota", "Corolla", "JTD", 24_500),
  model("Toyota", "RAV4", "JTD", 33_800),
  model("Toyota", "Hilux", "AHT", 36_900),
  model("Volkswagen", "Polo", "AAV", 21_200),
  model("Volkswagen", "Golf", "WVW", 31_600),
  model("Volkswagen", "Tiguan", "WVG", 38_400),
  model("Ford", "Ranger", "AFA", 39_700),
  model("Ford", "Focus", "WF0", 25_900),
  model("Hyundai", "i20", "MAL", 19_300),
  model("Hyundai", "Tucson", "KMH", 32_500),
  model("Nissan", "Qashqai", "SJN", 30_900),
  model("BMW", "320i", "WBA", 47_800),
  model("BMW", "X3", "WBS", 58_200),
  model("Mercedes-Benz", "C200", "WDD", 52_600),
  model("Audi", "A4", "WAU", 45_900),
  model("Honda", "Civic", "JHM", 26_700),
];

function model(make: string, name: string, maker: string, listPrice: number): Model {
  return { make, model: name, maker, listPrice };
}
