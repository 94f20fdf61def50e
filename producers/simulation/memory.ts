import { createRandom, type Random } from "./random.ts";

/**
 * All that a business remembers. Whoever has a state asks for it here, under a name of its own, and
 * holds nothing else that changes: so the business can be kept, and gone on from.
 */
export interface Memory {
  /** A list, empty at first; all lists are bounded. */
  list<Item>(name: string): Item[];
  /** Values by name, or by place; their number does not change. */
  values<Values extends object>(name: string, initial: Values): Values;
  /** A source of chance. */
  random(name: string, seed: number): Random;
  /** How much each list holds. */
  sizes(): Map<string, number>;
  /** All of it: what is the same thing in two places is so here. */
  all(): Parts;
  /**
   * Puts back what was kept.
   *
   * @throws {Error} when it is not what this business remembers
   */
  restore(parts: Parts): void;
}

/** What a business remembers, by name. */
export type Parts = Readonly<Record<string, object>>;

/** Remembers nothing yet. */
export function createMemory(): Memory {
  const parts = new Map<string, object>();
  const lists = new Map<string, unknown[]>();
  const add = <Part extends object>(name: string, part: Part) => {
    if (parts.has(name)) throw new Error(`two parts of the business are called ${name}`);
    parts.set(name, part);
    return part;
  };
  return {
    list<Item>(name: string) {
      const list: Item[] = [];
      lists.set(name, list);
      return add(name, list);
    },
    values: add,
    random(name, seed) {
      const random = createRandom(seed);
      add(name, random.state);
      return random;
    },
    sizes: () => new Map([...lists].map(([name, { length }]) => [name, length])),
    all: () => Object.fromEntries(parts),
    restore(kept) {
      const [known, found] = [[...parts.keys()], Object.keys(kept)];
      if (known.toSorted().join() !== found.toSorted().join()) {
        throw new Error(`what is kept is ${found.join(", ")}, in place of ${known.join(", ")}`);
      }
      for (const [name, part] of parts) {
        const before = lists.get(name);
        if (before) before.length = 0;
        Object.assign(part, kept[name]);
      }
    },
  };
}
