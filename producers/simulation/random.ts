/** A source of chance. The same seed gives the same numbers, on every machine. */
export interface Random {
  /** From 0 up to, not with, 1. */
  next(): number;
  /** A whole number from 0 up to, not with, `end`. */
  below(end: number): number;
  /** A whole number from `low` up to and with `high`. */
  between(low: number, high: number): number;
  /** Whether something of this probability happens. */
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
 * Makes a source of chance out of a 32-bit seed.
 *
 * Source: sfc32 of Chris Doty-Humphrey's PractRand. Math.random() cannot be seeded, and the one of a
 * faking library costs more than all the rest of an event.
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

/** A 32-bit number out of two: near ones give numbers that have nothing to do with each other. */
export function mix(seed: number, value: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ value;
  hash = Math.imul(hash ^ hash >>> 16, 0x7feb352d);
  hash = Math.imul(hash ^ hash >>> 15, 0x846ca68b);
  return (hash ^ hash >>> 16) >>> 0;
}
