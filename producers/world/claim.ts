import type { Admin, Kafka } from "kafkajs";
import { pause } from "../../shared/cli/backoff.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { topicOf, type Type } from "../../shared/catalogue/events.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { RULES } from "../simulation/business.ts";
import { numberOf } from "../simulation/ids.ts";
import type { Publisher } from "../publishing/publisher.ts";
import type { Stretch } from "../simulation/timeline.ts";
import {
  type Calendar,
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

/** How often a run says that it is alive, in ms. */
const MARK_MS = 3_000;
/** One that has said nothing for so long is dead, in ms. */
const LEASE_MS = 12_000;
/** How often one looks whether another run is alive, and how far it is, in ms. */
const LOOK_MS = 300;
/** Rounds that a run that died may have been ahead of its last mark. */
const AHEAD = 2 ** 20;
/** Rounds that are left out where the topic was made again: more than are published between two marks. */
const REMADE = 2 ** 16;

/** Systems of a world that are published by this run, and by no other one. */
export interface Claim {
  readonly topic: string;
  /** Where the world's ids begin. */
  readonly base: number;
  readonly calendar: Calendar;
  /** All rounds before are published. */
  readonly next: Map<Type, number>;
  /** Rounds after these that a run published before it died. */
  readonly published: ReadonlyMap<Type, ReadonlySet<number>>;
  /** When the rounds of each system are; of systems of other runs, too. */
  readonly stretches: ReadonlyMap<Type, readonly Stretch[]>;
  /** From a round on, rounds are at other times. */
  change(stretch: Stretch): Promise<void>;
  /**
   * Says how far this run is, if it is time to.
   *
   * @throws {UserError} when another run has taken over, because this one was silent for too long
   */
  mark(options?: { isOver?: boolean }): Promise<void>;
  /** How many rounds of a system of another run are published. */
  publishedBy(type: Type): Promise<number>;
}

/** What a claim is made with. */
export interface ClaimOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly publisher: Pick<Publisher, "append" | "ends">;
  readonly settings: Settings;
  readonly types: readonly Type[];
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
  readonly say: (line: string) => void;
}

/**
 * Finds a world whose systems nobody else publishes, and goes on where its last run stopped; makes one
 * if there is none. A run that was killed is seen to be dead after some seconds; what it had published
 * since its last mark is found in the topics.
 *
 * @returns undefined where Kafka does not let this client write to a world's topic
 * @throws {UserError} when another run publishes the named world; kafkajs' errors
 */
export async function claimWorld(options: ClaimOptions): Promise<Claim | undefined> {
  const { admin, settings, signal, named } = options;
  const tried: string[] = named ? [named] : await worldTopics(admin, settings.topicPrefix);
  for (let index = 0;; index++) {
    const topic = tried[index] ?? await newWorldTopic(admin, settings.topicPrefix, tried);
    if (index === tried.length) tried.push(topic);
    if (!await ensureWorldTopic(admin, topic, signal)) return undefined;
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
  const { kafka, admin, publisher, settings, types, signal } = options;
  let log = readLog(await readTopic(kafka, admin, topic, new Map(), { signal }));
  const readOn = async () => {
    const [place] = await admin.fetchTopicOffsets(topic);
    if (Number(place!.high) <= log.end) return log;
    return log = readLog(await readTopic(kafka, admin, topic, new Map([[0, log.end]])), log);
  };
  if (log.isForeign) return undefined;
  if (await isTaken(log, readOn, options)) return undefined;

  const run = crypto.randomUUID().slice(0, 8);
  const base = options.namedBase ?? baseOf(topic);
  const calendar = log.calendar ?? options.calendar;
  const published = new Map<Type, Set<number>>();
  for (const type of types) {
    const known = log.progress.get(type);
    published.set(
      type,
      known && !known.isOver ? await findTail(type, base, known, options) : new Set(),
    );
  }
  const next = new Map(types.map((type) => [type, log.progress.get(type)?.next ?? 0]));
  const firstNew = (type: Type) =>
    Math.max(next.get(type)!, ...[...published.get(type)!].map((n) => n + 1));
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
  const begin = (after: number) =>
    recordOf({
      kind: "begin",
      run,
      rules: RULES,
      calendar,
      next: Object.fromEntries(next),
      stretches: Object.fromEntries(types.map((type) => [type, stretches.get(type)!])),
      after,
    });
  const from = await endsOf(admin, types.map((type) => topicOf(type, settings.topicPrefix)));
  const markOf = (isOver: boolean): Mark => {
    const ends = { ...from };
    for (const [topic, written] of Object.entries(publisher.ends)) {
      if (ends[topic]) ends[topic] = { ...ends[topic], ...written };
    }
    return { kind: "mark", run, next: Object.fromEntries(next), ends, isOver };
  };
  const hasIt = () => types.every((type) => log.progress.get(type)?.run === run);

  await publisher.append(topic, [begin(log.end), recordOf(markOf(false))]);
  await readOn();
  if (!hasIt()) return undefined;
  let marked = performance.now();
  let isOver = false;
  return {
    topic,
    base,
    // That of the run that came first, should two have begun the world at once.
    calendar: log.calendar ?? calendar,
    next,
    published,
    stretches,
    async change(stretch) {
      for (const type of types) extend(type, stretch.round, stretch);
      await publisher.append(topic, [begin(0)]);
    },
    async mark(options = {}) {
      const silence = performance.now() - marked;
      if (silence < MARK_MS && !options.isOver || isOver) return;
      if (silence >= LEASE_MS) {
        // Nothing can be looked up while Kafka is away: it is looked at the next time.
        if (!await readOn().catch(() => undefined)) return;
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

/** Whether another run that is alive publishes one of the systems: it is watched until that is clear. */
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
    await pause(LOOK_MS, signal);
    const now = await readOn();
    if (busy(now).length === 0) return false;
    if (busy(now).some((type) => now.progress.get(type)!.offset !== seen.get(type))) return true;
  }
  return false;
}

/**
 * The rounds of a system that are in its topic beyond the last mark of a run that died. Where records
 * were deleted since, as many rounds more: they may have been published, and none is published twice.
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
    // A log that ends before is another one's: the topic was made again.
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
