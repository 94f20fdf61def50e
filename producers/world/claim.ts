import type { Admin, Kafka } from "kafkajs";
import { pause } from "../../shared/cli/backoff.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { type Event, topicOf, type Type } from "../../shared/catalogue/events.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { RULES } from "../simulation/business.ts";
import { numberOf } from "../simulation/ids.ts";
import type { Publisher } from "../publishing/publisher.ts";
import type { Stretch } from "../simulation/timeline.ts";
import { createReach } from "./reach.ts";
import type { FaultRates } from "../publishing/event_faults.ts";
import {
  type Calendar,
  type FaultStretch,
  type Mark,
  type Progress,
  readLog,
  recordOf,
  type WorldLog,
} from "./world_log.ts";
import {
  baseOf,
  ensureWorldTopic,
  isForbidden,
  newWorldTopic,
  worldTopics,
} from "./world_topic.ts";

/** How often a run renews its claim, in ms. */
const MARK_MS = 3_000;
/** A run without a mark for this long is considered dead, in ms. */
const LEASE_MS = 12_000;
/** How often to check whether another run is alive, in ms. */
const CHECK_MS = 300;
/** Rounds that a run that died may have been ahead of its last mark. */
const AHEAD = 2 ** 20;
/** Rounds to skip if the topic was recreated: more than are published between two marks. */
const REMADE = 2 ** 16;

/** Systems of a world that are published by this run, and by no other one. */
export interface Claim {
  readonly topic: string;
  /** Where the world's ids begin. */
  readonly base: number;
  readonly calendar: Calendar;
  /** All rounds before were published when it was claimed. */
  readonly next: ReadonlyMap<Type, number>;
  /** Rounds after these that a run published before it died. */
  readonly published: ReadonlyMap<Type, ReadonlySet<number>>;
  /** When the rounds of each system are; of systems of other runs, too. */
  readonly stretches: ReadonlyMap<Type, readonly Stretch[]>;
  /** The faults that an event of a round has: those of the run that made it first. */
  faultsAt(type: Type, round: number): FaultRates;
  /** The round that an event was made in. */
  roundOf(event: Event): number;
  /**
   * Notes how far this run has published.
   *
   * @param reached of each system the round from which on nothing is published
   * @param held the earliest round of each system that is held back
   */
  advance(reached: ReadonlyMap<Type, number>, held: ReadonlyMap<Type, number>): void;
  /** From a round on, rounds are at other times. */
  change(stretch: Stretch): Promise<void>;
  /**
   * Renews the claim and records this run's progress, if that is due.
   *
   * @throws {UserError} when another run has taken over, because this one was silent for too long
   */
  mark(options?: { isOver?: boolean }): Promise<void>;
  /** How many rounds of a system of another run are published. */
  publishedBy(type: Type): Promise<number>;
}

/** Repeats a request to Kafka while it is unavailable. */
export type Ask = <T>(question: () => Promise<T>) => Promise<T>;

/** What a claim is made with. */
export interface ClaimOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly publisher: Pick<Publisher, "append" | "ends">;
  readonly settings: Settings;
  readonly types: readonly Type[];
  /** The faults of its events. */
  readonly faults: FaultRates;
  /** The world's topic, if the world has a name. */
  readonly named?: string;
  /** Where the ids of a named world begin; those of another one begin where its topic says. */
  readonly namedBase?: number;
  /** Its calendar, if the world is new. */
  readonly calendar: Calendar;
  /**
   * The stretch of time that begins with this run; undefined if the world has its own for ever.
   *
   * @param end when the latest round of what is known ends
   */
  readonly stretch?: (end: number) => Omit<Stretch, "round">;
  readonly signal: AbortSignal;
  /** Asks Kafka, retrying while it is unavailable. */
  readonly ask: Ask;
  readonly say: (line: string) => void;
}

/**
 * Claims systems of a world that no other run publishes, to continue where its last run stopped;
 * founds a world if there is none. A killed run is taken for dead after some seconds; what it had
 * published since its last mark is found in the topics.
 *
 * @returns undefined where Kafka does not let this client write to a world's topic
 * @throws {UserError} when another run publishes the named world; kafkajs' errors
 */
export async function claimWorld(options: ClaimOptions): Promise<Claim | undefined> {
  const { admin, ask, settings: { topicPrefix }, signal, named } = options;
  const tried: string[] = named ? [named] : await ask(() => worldTopics(admin, topicPrefix));
  for (let index = 0;; index++) {
    const topic = tried[index] ?? await ask(() => newWorldTopic(admin, topicPrefix, tried));
    if (index === tried.length) tried.push(topic);
    if (!await ask(() => ensureWorldTopic(admin, topic, signal))) return undefined;
    try {
      const claim = await claimTopic(topic, options);
      if (claim) return claim;
    } catch (error) {
      if (isForbidden(error)) return undefined;
      throw error;
    }
    if (!named) continue;
    throw new UserError(
      `Another producer publishes ${options.types.join(", ")} of this world`,
      "stop it first, or choose another --seed",
    );
  }
}

async function claimTopic(topic: string, options: ClaimOptions): Promise<Claim | undefined> {
  const { kafka, admin, ask, publisher, settings, types, signal } = options;
  let log = readLog(await ask(() => readTopic(kafka, admin, topic, new Map(), { signal })));
  const look = async () => {
    const [place] = await admin.fetchTopicOffsets(topic);
    if (Number(place!.high) <= log.end) return log;
    return log = readLog(await readTopic(kafka, admin, topic, new Map([[0, log.end]])), log);
  };
  const readOn = () => ask(look);
  if (log.isForeign) return undefined;
  if (await isTaken(log, readOn, options)) return undefined;

  const run = crypto.randomUUID().slice(0, 8);
  const base = options.namedBase ?? baseOf(topic);
  const calendar = log.calendar ?? options.calendar;
  const published = new Map<Type, Set<number>>();
  for (const type of types) {
    const known = log.progress.get(type);
    const tail = known && !known.isOver
      ? await ask(() => findTail(type, base, known, options))
      : new Set<number>();
    published.set(type, tail);
  }
  const next = new Map(types.map((type) => [type, log.progress.get(type)?.next ?? 0]));
  const firstNewRounds = new Map(types.map((type) => {
    const rounds = [...published.get(type)!].map((round) => round + 1);
    return [type, rounds.reduce((a, b) => Math.max(a, b), next.get(type)!)];
  }));
  const firstNew = (type: Type) => firstNewRounds.get(type)!;
  const kept = (type: Type) =>
    (log.progress.get(type)?.stretches ?? []).filter(({ round }) => round < firstNew(type));
  const end = Math.max(
    0,
    ...types.flatMap((type) => {
      const last = kept(type).at(-1);
      return last ? last.start + (firstNew(type) - last.round) * last.step : [];
    }),
  );
  const stretches = new Map<Type, readonly Stretch[]>(
    [...log.progress].map(([type, { stretches }]) => [type, stretches]),
  );
  const extend = (type: Type, round: number, stretch: Omit<Stretch, "round">) =>
    stretches.set(type, [
      ...(stretches.get(type) ?? []).filter((one) => one.round < round),
      { ...stretch, round },
    ]);
  for (const type of types) {
    if (options.stretch) extend(type, firstNew(type), options.stretch(end));
    else stretches.set(type, kept(type).length > 0 ? kept(type) : [{ ...calendar, round: 0 }]);
  }
  const faults = new Map(types.map((type): [Type, FaultStretch[]] => {
    const known = (log.progress.get(type)?.faults ?? []).filter(({ round }) =>
      round < firstNew(type)
    );
    const isSame = JSON.stringify(known.at(-1)?.rates ?? {}) === JSON.stringify(options.faults);
    return [type, isSame ? known : [...known, { round: firstNew(type), rates: options.faults }]];
  }));
  const begin = (after: number) =>
    recordOf({
      kind: "begin",
      run,
      rules: RULES,
      calendar,
      next: Object.fromEntries(next),
      stretches: Object.fromEntries(types.map((type) => [type, stretches.get(type)!])),
      faults: Object.fromEntries(faults),
      after,
    });
  const from = await ask(() =>
    endsOf(admin, types.map((type) => topicOf(type, settings.topicPrefix)))
  );
  const nameOf = (type: Type) => topicOf(type, settings.topicPrefix);
  const reach = createReach(
    new Map(types.map((type) => {
      const name = nameOf(type);
      // Until this run is past the tail, whoever comes after it has to find the tail again.
      const ends = published.get(type)!.size > 0
        ? log.progress.get(type)!.ends[name] ?? {}
        : from[name]!;
      return [type, { next: next.get(type)!, firstNew: firstNew(type), ends }];
    })),
  );
  const markOf = (isOver: boolean): Mark => ({
    ...{ kind: "mark", run, isOver },
    next: Object.fromEntries(types.map((type) => [type, reach.next(type)])),
    ends: Object.fromEntries(types.map((type) => [nameOf(type), reach.ends(type)])),
  });
  const hasIt = () => types.every((type) => log.progress.get(type)?.run === run);

  await publisher.append(topic, [begin(log.end), recordOf(markOf(false))]);
  await readOn();
  if (!hasIt()) return undefined;
  let marked = performance.now();
  let isOver = false;
  return {
    topic,
    base,
    // That of the run that came first, if two have started the world at once.
    calendar: log.calendar ?? calendar,
    next,
    published,
    stretches,
    faultsAt: (type, round) => faults.get(type)!.findLast((one) => one.round <= round)?.rates ?? {},
    roundOf: ({ event_id }) => (numberOf(event_id)! - base) >>> 0,
    advance: (reached, held) =>
      reach.advance(
        reached,
        held,
        (type) => ({ ...from[nameOf(type)], ...publisher.ends[nameOf(type)] }),
      ),
    async change(stretch) {
      for (const type of types) extend(type, stretch.round, stretch);
      await publisher.append(topic, [begin(0)]);
    },
    async mark(options = {}) {
      const silence = performance.now() - marked;
      if (silence < MARK_MS && !options.isOver || isOver) return;
      if (silence >= LEASE_MS) {
        // Nothing can be looked up while Kafka is unavailable: the next time, then.
        if (!await look().catch(() => undefined)) return;
        if (!hasIt()) {
          throw new UserError(
            `Another producer has taken over ${types.join(", ")} after ${
              Math.round(silence / 1_000)
            } s of silence`,
            "start this one again: it finds what is left to do",
          );
        }
      }
      isOver = options.isOver ?? false;
      await publisher.append(topic, [recordOf(markOf(isOver))]);
      marked = performance.now();
    },
    publishedBy: async (type) => (await readOn()).progress.get(type)?.next ?? 0,
  };
}

/**
 * Whether another run that is alive publishes one of the systems: it is watched until that is
 * clear.
 */
async function isTaken(
  log: WorldLog,
  readOn: () => Promise<WorldLog>,
  { types, signal, say }: ClaimOptions,
): Promise<boolean> {
  const busy = (of: WorldLog) => types.filter((type) => of.progress.get(type)?.isOver === false);
  const waited = busy(log);
  if (waited.length === 0) return false;
  say(`Looking whether another producer still publishes ${waited.join(", ")}…`);
  const seen = new Map(waited.map((type) => [type, log.progress.get(type)!.offset]));
  for (const until = performance.now() + LEASE_MS; performance.now() < until;) {
    await pause(CHECK_MS, signal);
    const now = await readOn();
    if (busy(now).length === 0) return false;
    if (busy(now).some((type) => now.progress.get(type)!.offset !== seen.get(type))) return true;
  }
  return false;
}

/**
 * The rounds of a system that are in its topic beyond the last mark of a run that died. Where
 * records were deleted since, as many rounds more: they may have been published, and none is
 * published twice.
 */
async function findTail(
  type: Type,
  base: number,
  { next, ends }: Progress,
  { kafka, admin, settings, signal, say }: ClaimOptions,
): Promise<Set<number>> {
  const topic = topicOf(type, settings.topicPrefix);
  const from = new Map(Object.entries(ends[topic] ?? {}).map(([id, end]) => [Number(id), end]));
  const rounds = new Set<number>();
  for (const { message } of await readTopic(kafka, admin, topic, from, { signal })) {
    const id = /"event_id":"([^"]+)"/.exec(new TextDecoder().decode(message.value ?? undefined))
      ?.[1];
    const number = numberOf(id ?? "");
    if (number === undefined) continue;
    const round = (number - base) >>> 0;
    if (round >= next && round < next + AHEAD) rounds.add(round);
  }
  const deleted = deletedSince(from, await admin.fetchTopicOffsets(topic));
  if (deleted === 0) return rounds;
  const first = Math.max(next, ...[...rounds].map((round) => round + 1));
  say(
    `${topic} has lost records since a producer of this world was killed: leaving out ${deleted} events, which may have been among them`,
  );
  for (let round = next; round < first + deleted; round++) rounds.add(round);
  return rounds;
}

/** How many records beyond some offsets are not in a topic's log any more, at the most. */
export function deletedSince(
  ends: ReadonlyMap<number, number>,
  logs: readonly { partition: number; low: string; high: string }[],
): number {
  let deleted = 0;
  for (const { partition, low, high } of logs) {
    const end = ends.get(partition) ?? 0;
    // A log that ends earlier is a different one: the topic was recreated.
    if (Number(high) < end) return REMADE;
    deleted += Math.max(0, Number(low) - end);
  }
  return deleted;
}

async function endsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<Record<string, Record<number, number>>> {
  const ends: Record<string, Record<number, number>> = {};
  for (const topic of topics) {
    const places = await admin.fetchTopicOffsets(topic);
    ends[topic] = Object.fromEntries(
      places.map(({ partition, high }) => [partition, Number(high)]),
    );
  }
  return ends;
}
