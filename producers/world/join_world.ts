import type { Admin, Kafka } from "kafkajs";
import { type Event, types as allTypes } from "../../shared/catalogue/events.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { type Ask, type Claim, claimWorld } from "./claim.ts";
import type { ProducerOptions } from "../options.ts";
import { type Plan, stretchAfter } from "../publishing/schedule.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { openSeededWorld, seededIdentity } from "./seeded_world.ts";
import { snapshotFiles, SPAN } from "./snapshot_files.ts";
import { numberOf } from "../simulation/ids.ts";
import { mix } from "../simulation/random.ts";
import { openWorld, replayWorld, type World } from "./world.ts";
import { readLog } from "./world_log.ts";
import { baseOf, namedTopic, worldTopics } from "./world_topic.ts";

const RANDOM_IDS =
  "Ids start at random: Kafka does not let this client use a topic producer_ids_…, through which runs share one business";

/** Rounds that take some seconds to replay: more than from one snapshot to the next. */
const LONG = 3 * SPAN;

interface Surroundings {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/**
 * Joins the world that a run publishes: that of a seed, from its beginning; that of a seed and a start
 * time, from where its last run stopped; otherwise the one found in Kafka.
 */
export async function joinWorld(
  options: ProducerOptions,
  plan: Plan,
  around: Surroundings & {
    ask: Ask;
    publisher: Pick<Publisher, "append" | "ends">;
    say: (line: string) => void;
    onPast?: (event: Event, round: number) => void;
    /** Called as soon as systems are claimed: from then on the claim has to be renewed by marks. */
    onClaim?: (claim: Claim) => void;
  },
): Promise<{ world: World; claim?: Claim }> {
  const { seed, types, profile: curve, startTime, backfill, faults } = options;
  const fresh = { types, curve, onPast: around.onPast };
  const alone = (seed: number) => openSeededWorld(seed, plan.first, fresh);
  const start = startTime ?? backfill?.from;
  if (seed !== undefined && start === undefined) return { world: alone(seed) };

  const isNamed = seed !== undefined && start !== undefined;
  const shape = curve.weights.join();
  const named = isNamed
    ? namedTopic(around.settings.topicPrefix, seed, start, plan.first.step, shape)
    : undefined;
  const claim = await claimWorld({
    ...around,
    ...{
      types,
      faults,
      named,
      namedBase: isNamed ? mix(seed, 0) : undefined,
      calendar: plan.first,
    },
    stretch: isNamed ? undefined : (end) => stretchAfter(end, plan.first),
  });
  if (!claim) {
    around.say(RANDOM_IDS);
    return { world: alone(seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!) };
  }
  around.onClaim?.(claim);
  const { base, calendar, stretches, next, published } = claim;
  const identity = isNamed
    ? seededIdentity(seed, calendar)
    : { seed: mix(base, 1), base, ...calendar };
  const { settings: { runtimeDir }, signal, say } = around;
  const snapshots = snapshotFiles({ runtimeDir, topic: claim.topic, warn: say });
  const world = await replayWorld({ ...fresh, identity, stretches, next, published, snapshots }, {
    signal,
    onReplay(count) {
      if (count < LONG) return;
      const rounds = count.toLocaleString("en-US");
      say(`Replaying ${rounds} rounds of this business, to continue where it stopped…`);
    },
  });
  return { claim, world };
}

/**
 * The world found in Kafka that an id is of, and how many of its rounds are published; the first one
 * where the id tells none.
 */
export async function readPublishedWorld(
  { profile: curve, entity = "" }: ProducerOptions,
  { kafka, admin, settings, signal }: Surroundings,
): Promise<{ world: World; rounds: number } | undefined> {
  const number = numberOf(entity);
  // Ids are numbers from where those of their world begin.
  const distance = (topic: string) => number === undefined ? 0 : (number - baseOf(topic)) >>> 0;
  const topics = await worldTopics(admin, settings.topicPrefix);
  for (const topic of topics.toSorted((a, b) => distance(a) - distance(b))) {
    const log = readLog(await readTopic(kafka, admin, topic, new Map(), { signal }));
    if (log.isForeign || !log.calendar) continue;
    const base = baseOf(topic);
    const { calendar, progress } = log;
    const stretches = new Map(allTypes.map((type) => {
      const known = progress.get(type)?.stretches ?? [];
      return [type, known.length > 0 ? known : [{ ...calendar, round: 0 }]];
    }));
    const identity = { seed: mix(base, 1), base, ...calendar };
    const rounds = Math.max(...[...progress.values()].map(({ next }) => next));
    return { rounds, world: openWorld({ identity, types: allTypes, curve, stretches }) };
  }
  return undefined;
}
