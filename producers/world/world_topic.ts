import type { Admin } from "kafkajs";
import { createHash } from "node:crypto";
import { retry } from "../../shared/cli/retry.ts";
import { RULES } from "../simulation/business.ts";
import { brokerError } from "../../shared/kafka/broker_errors.ts";

/** Rounds whose ids make a block. */
const SIZE = 1_024;
/** Blocks that there are: an id has 32 bits. */
const BLOCKS = 2 ** 32 / SIZE;
/** How often creating a topic is attempted. */
const TRIES = 10;
const HOUR_MS = 3_600_000;

/** The topics of worlds that are found, as their names begin: worlds that nobody has named. */
export const FOUND = "producer_ids_";
/** The topics of worlds that a seed and a start name. */
export const NAMED = "producer_world_";

/**
 * The topics of the worlds that nobody has named, in the order in which runs look for a free one.
 */
export async function worldTopics(admin: Admin, topicPrefix: string): Promise<string[]> {
  const beginning = topicPrefix + FOUND;
  return (await admin.listTopics()).filter((name) =>
    name.startsWith(beginning) && /^[0-9a-f]{8}$/.test(name.slice(beginning.length))
  ).toSorted();
}

/**
 * The name of one more such topic. It ends with digits that say where in the numbers its ids begin.
 * Runs that create one at the same moment get the same name, so that they share a world; another
 * cluster, prefix or hour (one may be deleted and recreated) gives another name.
 */
export async function newWorldTopic(
  admin: Admin,
  topicPrefix: string,
  taken: readonly string[],
): Promise<string> {
  const { clusterId } = await admin.describeCluster();
  const hour = Math.floor(Date.now() / HOUR_MS);
  for (let index = 0;; index++) {
    const hash = createHash("sha256").update([clusterId, topicPrefix, hour, index].join(" "));
    const topic = `${topicPrefix}${FOUND}${hash.digest("hex").slice(0, 8)}`;
    if (!taken.includes(topic)) return topic;
  }
}

/** The name of the topic of a world that a seed, and whatever else shapes it, name. */
export function namedTopic(topicPrefix: string, ...named: (number | string)[]): string {
  const hash = createHash("sha256").update([RULES, ...named].join(" "));
  return `${topicPrefix}${NAMED}${hash.digest("hex").slice(0, 8)}`;
}

/**
 * Makes sure that a world's topic exists. Its records say how far the world is published; of each
 * key only the last counts, so the topic is compacted.
 *
 * @returns false if this client may not create or see it
 * @throws kafkajs' errors; `signal.reason` when aborted
 */
export async function ensureWorldTopic(
  admin: Admin,
  topic: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const ensure = async () => {
    try {
      if (!(await admin.listTopics()).includes(topic)) {
        const configEntries = [{ name: "cleanup.policy", value: "compact" }];
        const topics = [{ topic, numPartitions: 1, configEntries }];
        await admin.createTopics({ topics, waitForLeaders: false });
      }
      // Fails while its partition has no leader yet.
      await admin.fetchTopicMetadata({ topics: [topic] });
      return true;
    } catch (error) {
      if (isForbidden(error)) return false;
      throw error;
    }
  };
  return await retry(ensure, { maxAttempts: TRIES, base: 100, max: 2_000, signal });
}

/**
 * The block of ids that an offset of a world's topic stands for, or so many rounds of the world.
 */
export function blockOf(topic: string, offset: number): number {
  const begin = createHash("sha256").update(topic).digest().readUInt32BE(0);
  return (begin + offset) % BLOCKS;
}

/** Where the ids of a world begin, a 32-bit number. */
export function baseOf(topic: string): number {
  return blockOf(topic, 0) * SIZE;
}

/** Whether this client is not authorised to use the topic. */
export function isForbidden(error: unknown): boolean {
  const { type = "" } = brokerError(error) ?? {};
  return type === "TOPIC_AUTHORIZATION_FAILED" || type === "CLUSTER_AUTHORIZATION_FAILED";
}
