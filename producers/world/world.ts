import { setImmediate as nextTurn } from "node:timers/promises";
import type { Event, Type } from "../../shared/catalogue/events.ts";
import { createBusiness } from "../simulation/business.ts";
import type { Identity } from "../simulation/company.ts";
import type { Curve } from "../simulation/profiles.ts";
import { createTimeline, type Stretch, type Timeline } from "../simulation/timeline.ts";
import type { Origin } from "./snapshot.ts";
import { type Snapshots, SPAN } from "./snapshot_files.ts";

/** What of a world a run publishes, and from where on. */
export interface WorldOptions {
  readonly identity: Identity;
  readonly types: readonly Type[];
  readonly curve: Curve;
  /** When the rounds of each system are. */
  readonly stretches: ReadonlyMap<Type, readonly Stretch[]>;
  /** All rounds before are published; from round 0 on by default. */
  readonly next?: ReadonlyMap<Type, number>;
  /** Rounds after these that are published, too. */
  readonly published?: ReadonlyMap<Type, ReadonlySet<number>>;
  /** Told of each event that is published already: all of the past is replayed then. */
  readonly onPast?: (event: Event, round: number) => void;
  /** Where the business is kept on its way, and gone on from. */
  readonly snapshots?: Snapshots;
}

/** An event, and the round in which its system has made it. */
export interface Made {
  readonly event: Event;
  readonly round: number;
  /** Of a payment: the round of the sale that it pays. */
  readonly paidRound: number;
  /** It is published already. */
  readonly isPast: boolean;
  /** It is not, but later ones of its system are: a run was killed that still held it back. */
  readonly isLate: boolean;
}

/** The systems of a run, each from where it stopped. */
export interface World {
  /** The next event of each system. */
  next(): Made[];
  /** The latest round that has begun of any system. */
  readonly round: number;
  /** The round that each system makes next. */
  rounds(): Map<Type, number>;
  /** How many of the rounds to come are published already, of each system at the least. */
  readonly pastAhead: number;
  /** How many of the rounds to come a run that died had begun. */
  readonly behind: number;
  /** From their next round on, rounds are at other times. */
  change(stretch: Omit<Stretch, "round">): Stretch;
  /** When a round begins, in microseconds. */
  begin(round: number): number;
}

/** Rounds that are replayed in one go: some hundredths of a second. */
const BATCH = 2_000;

/**
 * Replays the business up to where each system stopped, and goes on from there. Systems that stopped in
 * different rounds go on in different rounds: for each such group the business runs once.
 */
export function openWorld(options: WorldOptions): World {
  const { world, lanes } = prepareWorld(options);
  for (const lane of lanes) lane.replay(Infinity);
  return world;
}

/**
 * The same, a part at a time: a long past takes a while, in which the program handles signals and renews
 * its claim.
 *
 * @param onReplay told before it begins of how many rounds are replayed, at the most by one group
 * @throws `signal.reason` when the signal aborts
 */
export async function replayWorld(
  options: WorldOptions,
  { signal, onReplay }: { signal: AbortSignal; onReplay?: (rounds: number) => void },
): Promise<World> {
  const { world, lanes } = prepareWorld(options);
  onReplay?.(Math.max(...lanes.map(({ first, round }) => first - round)));
  for (const lane of lanes) {
    while (!lane.replay(BATCH)) {
      await nextTurn();
      signal.throwIfAborted();
    }
  }
  return world;
}

function prepareWorld(options: WorldOptions): { world: World; lanes: readonly Lane[] } {
  const { types, next = new Map(), identity, curve } = options;
  const timelines = new Map<Type, Timeline>();
  const layOut = (stretches: ReadonlyMap<Type, readonly Stretch[]>) => {
    for (const type of types) {
      timelines.set(type, createTimeline(stretches.get(type)!, { curve, seed: identity.seed }));
    }
  };
  const stretches = new Map(options.stretches);
  layOut(stretches);
  const lanes = [...Map.groupBy(types, (type) => next.get(type) ?? 0)].map(([first, of]) =>
    openLane(of, first, { ...options, stretches, timelines })
  );
  const leading = () => lanes.reduce((a, b) => a.round >= b.round ? a : b);
  const world: World = {
    next: () => lanes.flatMap((lane) => lane.next()),
    get round() {
      return leading().round;
    },
    rounds: () => new Map(lanes.flatMap(({ types, round }) => types.map((type) => [type, round]))),
    get pastAhead() {
      const ahead = lanes.flatMap(({ types, round }) =>
        types.map((type) =>
          [...options.published?.get(type) ?? []].filter((n) => n >= round).length
        )
      );
      return Math.min(...ahead);
    },
    get behind() {
      return Math.max(0, ...lanes.map(({ end, round }) => end - round));
    },
    change(stretch) {
      const changed = { ...stretch, round: leading().round };
      for (const type of types) {
        const before = stretches.get(type)!.filter(({ round }) => round < changed.round);
        stretches.set(type, [...before, changed]);
      }
      layOut(stretches);
      return changed;
    },
    begin: (round) => timelines.get(leading().types[0]!)!.begin(round),
  };
  return { world, lanes };
}

interface Lane {
  readonly types: readonly Type[];
  /** All rounds before are published, and none from the end on. */
  readonly first: number;
  readonly end: number;
  readonly round: number;
  /** Goes on through what is published, by so many rounds at most; true when all of it is done. */
  replay(most: number): boolean;
  next(): Made[];
}

function openLane(
  types: readonly Type[],
  first: number,
  options: WorldOptions & { timelines: ReadonlyMap<Type, Timeline> },
): Lane {
  const { identity, curve, timelines, published, onPast, snapshots } = options;
  const founded = createBusiness(identity);
  const parts = Object.keys(founded.kept().parts);
  const originOf = (): Origin => ({
    ...{ identity, curve, parts },
    stretches: new Map(types.map((type) => [type, options.stretches.get(type)!])),
  });
  const kept = onPast ? undefined : snapshots?.find(originOf(), first);
  const business = kept ? createBusiness(identity, kept) : founded;
  const goOn = () => {
    const events = business.next(times);
    if (snapshots && business.round % SPAN === 0) snapshots.keep(business.kept(), originOf());
    return events;
  };
  const ends = new Map(types.map((type) => {
    const rounds = [...published?.get(type) ?? []];
    return [type, rounds.reduce((end, round) => Math.max(end, round + 1), first)];
  }));
  const wanted = new Set(types);
  const times = (type: Type, round: number) =>
    wanted.has(type) ? timelines.get(type)!.times(type, round) : undefined;
  const isPast = () => types.every((type) => published?.get(type)?.has(business.round));
  return {
    types,
    first,
    end: Math.max(...ends.values()),
    get round() {
      return business.round;
    },
    replay(most) {
      let left = most;
      for (; left > 0 && (business.round < first || isPast()); left--) {
        const { round } = business;
        for (const event of goOn()) onPast?.(event, round);
      }
      return left > 0;
    },
    next() {
      const { round } = business;
      return goOn().map((event) => {
        const { event_type: type } = event;
        const isPast = published?.get(type)?.has(round) ?? false;
        return {
          event,
          round,
          paidRound: type === "payments" ? business.paidRound : round,
          isPast,
          isLate: !isPast && round < ends.get(type)!,
        };
      });
    },
  };
}
