import type { Type } from "../../shared/catalogue/events.ts";

/** Up to which offset each partition of a topic is written. */
export type Ends = Readonly<Record<number, number>>;

/** How far a run has published each of its systems. */
export interface Reach {
  /** All rounds before are published. */
  next(type: Type): number;
  /** Where in the topic the next round, and all after it, are looked for: not before these offsets. */
  ends(type: Type): Ends;
  /**
   * Notes what is published now.
   *
   * @param reached of each system the round from which on nothing is published
   * @param held the earliest event of each system that is held back
   * @param ends what is written by now
   */
  advance(
    reached: ReadonlyMap<Type, number>,
    held: ReadonlyMap<Type, number>,
    ends: (type: Type) => Ends,
  ): void;
}

/** Where a run begins with a system. */
export interface Beginning {
  readonly next: number;
  /** A run that died has published none from here on, and some before. */
  readonly firstNew: number;
  readonly ends: Ends;
}

/** Begins with what earlier runs have published. */
export function createReach(beginnings: ReadonlyMap<Type, Beginning>): Reach {
  const systems = new Map([...beginnings].map(([type, { next, firstNew, ends }]) => {
    // No event of a round is before its ends: the earliest that still count, to the latest.
    return [type, { next, firstNew, places: [{ round: next, ends }] }];
  }));
  return {
    next: (type) => systems.get(type)!.next,
    ends: (type) => systems.get(type)!.places[0]!.ends,
    advance(reached, held, ends) {
      for (const [type, round] of reached) {
        const system = systems.get(type)!;
        const { firstNew, places } = system;
        // Systems that go on together are to do so after a restart, too.
        const together = [...held].filter(([other]) => reached.get(other) === round);
        const next = Math.min(round, ...together.map(([, round]) => round));
        system.next = Math.max(system.next, next);
        const place = { round: Math.max(round, firstNew), ends: ends(type) };
        if (places.at(-1)!.round === place.round) places.pop();
        places.push(place);
        while (places.length > 1 && places[1]!.round <= system.next) places.shift();
      }
    },
  };
}
