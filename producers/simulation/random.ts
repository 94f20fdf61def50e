/** A source of random numbers. The same seed gives the same numbers on every machine. */
export interface Random {
  /** From 0 to 1, exclusive. */
  next(): number;
  /** An integer from 0 to `end`, exclusive. */
  below(end: number): number;
  /** An integer from `low` to `high`, inclusive. */
  between(low: number, high: number): number;
  /** Whether an event of this probability happens. */
  chance(probability: number): boolean;
  /** One of a list. */
  pick<V>(list: readonly V[]): V;
  /** One of a list, each by its weight; the weights add up to 100. */
  weighted<const V>(list: readonly (readonly [value: V, weight: number])[]): V;
  /** Where it is: all that it draws from now on comes out of these. */
  readonly state: RandomState;
}

/** Four 32-bit numbers. */
export type RandomState = Int32Array;

/**
 * Creates a source of random numbers from a 32-bit seed.
 *
 * Source: sfc32 of Chris Doty-Humphrey's PractRand. Math.random() cannot be seeded, and the one of
 * a faker library costs more than the whole rest of an event.
 */
export function createRandom(seed: number): Random {
  const random = randomOf(Int32Array.of(seed, 0x9e3779b9, 0x243f6a88, 1));
  // The first numbers of seeds that are alike are alike.
  for (let i = 0; i < 15; i++) random.next();
  return random;
}

/** The source of chance that is where a state says. It goes on in that state. */
export function randomOf(state: RandomState): Random {
  const next = () => {
    const [b, c] = [state[1]!, state[2]!];
    const sum = (state[0]! + b + state[3]!++) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = (c << 21 | c >>> 11) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    state,
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)]!,
    weighted(list) {
      let left = next() * 100;
      for (const [value, weight] of list) {
        left -= weight;
        if (left < 0) return value;
      }
      return list[list.length - 1]![0];
    },
  };
}

/** Mixes two numbers into a 32-bit one: neighbours give unrelated results. */
export function mix(seed: number, value: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ value;
  hash = Math.imul(hash ^ hash >>> 16, 0x7feb352d);
  hash = Math.imul(hash ^ hash >>> 15, 0x846ca68b);
  return (hash ^ hash >>> 16) >>> 0;
}
