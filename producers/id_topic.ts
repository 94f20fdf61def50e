import type { Admin } from "kafkajs";
import { createHash } from "node:crypto";
import { backoff } from "../shared/backoff.ts";
import { brokerError } from "../shared/kafka_errors.ts";
import { BLOCKS } from "./id_blocks.ts";

/** How often the creation of the topic is tried. */
const TRIES = 10;

/**
 * Makes sure that there is a topic whose offsets hand out blocks of ids: Kafka gives each offset of its
 * one partition once only, to whichever run asks. Its records say nothing and may be deleted; their
 * offsets are not given again.
 *
 * The name ends with a lot, which says where in the numbers the topic begins: one that is made again,
 * or another pipeline's, hands out others. Should two runs make one each at the same moment, both are
 * good.
 *
 * @returns its name; undefined where this client may not make or see it
 * @throws kafkajs' errors; `signal.reason` when aborted
 */
export async function ensureIdTopic(
  admin: Admin,
  topicPrefix: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const beginning = `${topicPrefix}producer_ids_`;
  const isOurs = (name: string) =>
    name.startsWith(beginning) && /^[0-9a-f]{8}$/.test(name.slice(beginning.length));
  let lot: string | undefined;
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      const topic = (await admin.listTopics()).filter(isOurs).toSorted()[0] ??
        (lot ??= beginning + crypto.randomUUID().slice(0, 8));
      if (topic === lot) {
        await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
      }
      // Fails while its partition has no leader yet.
      await admin.fetchTopicMetadata({ topics: [topic] });
      return topic;
    } catch (error) {
      if (isForbidden(error)) return undefined;
      if (attempt === TRIES) throw error;
    }
    await backoff(attempt, { base: 100, max: 2_000, signal });
  }
}

/** The block of ids that an offset of the topic hands out. */
export function blockOf(topic: string, offset: number): number {
  const begin = createHash("sha256").update(topic).digest().readUInt32BE(0);
  return (begin + offset) % BLOCKS;
}

/** Whether Kafka does not let this client use the topic. */
export function isForbidden(error: unknown): boolean {
  const { type = "" } = brokerError(error) ?? {};
  return type === "TOPIC_AUTHORIZATION_FAILED" || type === "CLUSTER_AUTHORIZATION_FAILED";
}
