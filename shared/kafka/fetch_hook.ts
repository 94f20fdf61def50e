import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import shuffle from "kafkajs/src/utils/shuffle.js";
import { pause } from "../cli/backoff.ts";
import type { Broker, Cluster, FetchAnswer, FetchRequest } from "./cluster.ts";
import { fetchById, type FetchedPartition, fetchesById, type Turn } from "./fetch_by_id.ts";
import { topicIds } from "./topic_ids.ts";

/** What a consumer may fetch, and callbacks for what its fetches find. */
export interface FetchRules {
  /**
   * The ids of the topics whose records may be handed out. The caller fills it when it knows where
   * each topic is to be read from: one that is not in it is not fetched. Undefined stands for a
   * topic without an id; it is fetched by its name.
   */
  readonly pins: ReadonlyMap<string, string | undefined>;
  /**
   * Called when the offset is out of range. The partition must be paused or sought in this call:
   * otherwise the next fetch asks for the same again at once.
   *
   * @param truncatedTo given where the log holds the offset, but not the record before it that was
   *   handed out: it was truncated there, and has grown again
   */
  readonly onOutOfRange: (
    topic: string,
    partition: number,
    offset: number,
    truncatedTo?: number,
  ) => void;
  /**
   * Called when no topic has this name and the pinned id any more. It must be paused in this call.
   */
  readonly onTopicGone: (topic: string) => void;
}

const OFFSET_OUT_OF_RANGE = 1;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const UNKNOWN_TOPIC_ID = 100;
const INCONSISTENT_TOPIC_ID = 103;

/**
 * Intercepts the fetches of a kafkajs consumer; call it before the consumer runs.
 *
 * - Records are asked for by the pinned id of their topic where the brokers can (Kafka 3.1 and later,
 *   {@linkcode fetchById}), so that none of a topic that was recreated is taken for the old one's.
 * - kafkajs never learns that an offset is out of range: its answer is to commit the group's default
 *   offset (-2) without metadata, which loses what the group has written there. The other partitions'
 *   records of the same answer are kept.
 * - Within a run of fetches a log that was truncated below what was read is noticed by its leader
 *   epochs, even if it has grown again meanwhile.
 *
 * All other errors reach kafkajs, which handles them as usual. A follower (KIP-392) that has not
 * got so far yet, too, answers that the offset is out of range: compare with the leader's offsets.
 */
export function hookFetch(cluster: Cluster, rules: FetchRules): void {
  const hooked = new WeakSet<Broker>();
  const epochs = new Map<string, { next: string; epoch: number }>();
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node);
    if (!hooked.has(broker)) {
      hooked.add(broker);
      const fetchByName = broker.fetch.bind(broker);
      broker.fetch = (request) => fetch(broker, request, fetchByName);
    }
    return broker;
  };

  async function fetch(
    broker: Broker,
    request: FetchRequest,
    fetchByName: Broker["fetch"],
  ): Promise<FetchAnswer> {
    const topics = request.topics.filter(({ topic }) => rules.pins.has(topic));
    if (topics.length === 0) {
      await pause(request.maxWaitTime);
      return { responses: [] };
    }
    // Either all topics of a cluster have ids or none; while it is upgraded there may be both.
    const ids = topics.map(({ topic }) => rules.pins.get(topic));
    if (!fetchesById(broker) || ids.includes(undefined)) {
      return await byName({ ...request, topics }, fetchByName);
    }
    return await byId(broker, request, new Map(topics.map((one, i) => [ids[i]!, one])));
  }

  async function byName(request: FetchRequest, fetchByName: Broker["fetch"]): Promise<FetchAnswer> {
    try {
      return await fetchByName(request);
    } catch (error) {
      const { name, topic, partition } = error as Error & { topic: string; partition: number };
      if (name !== "KafkaJSOffsetOutOfRange") throw error;
      const asked = request.topics.find((one) => one.topic === topic)?.partitions
        .find((one) => one.partition === partition);
      rules.onOutOfRange(topic, partition, Number(asked!.fetchOffset));
      return { responses: [] };
    }
  }

  async function byId(
    broker: Broker,
    request: FetchRequest,
    topics: ReadonlyMap<string, FetchRequest["topics"][number]>,
  ): Promise<FetchAnswer> {
    const turns = [...topics].flatMap(([id, { partitions }]) =>
      partitions.map((one): Turn => ({ ...one, id, lastEpoch: lastEpoch(id, one) }))
    );
    // In a different order each time, as the response is filled from the first ones (KIP-74).
    const answer = await fetchById(broker, request, shuffle(turns));
    const unknown = new Set<string>();
    let failure: Error | undefined;
    const responses = answer.map(({ id, partitions }) => {
      const { topic, partitions: asked } = topics.get(id!)!;
      const readable = partitions.filter((fetched) => {
        const { partition, errorCode, divergesAt } = fetched;
        const { fetchOffset } = asked.find((one) => one.partition === partition)!;
        if (errorCode === 0 && divergesAt === undefined) {
          remember(id!, fetched);
          return true;
        }
        if (errorCode === 0 || errorCode === OFFSET_OUT_OF_RANGE) {
          epochs.delete(`${id}/${partition}`);
          rules.onOutOfRange(topic, partition, Number(fetchOffset), divergesAt);
        } else if (errorCode === UNKNOWN_TOPIC_ID || errorCode === INCONSISTENT_TOPIC_ID) {
          unknown.add(topic);
        } else {
          failure ??= createErrorFromCode(errorCode) as Error;
        }
        return false;
      });
      return { topicName: topic, partitions: readable };
    });
    for (const topic of unknown) await lookAgain(topic);
    if (failure) throw failure;
    return { responses };
  }

  /**
   * A broker that has just started, or for a new topic, may not know the id yet. To kafkajs that is
   * a leader that has moved, to kafkajs: it asks for the metadata again and joins the group again.
   */
  async function lookAgain(topic: string): Promise<void> {
    const pinned = rules.pins.get(topic);
    const present = (await topicIds(cluster, [topic])).get(topic);
    // The pins may have changed during the fetch: then the response is stale.
    if (pinned === undefined || rules.pins.get(topic) !== pinned) return;
    if (present === pinned) throw createErrorFromCode(UNKNOWN_TOPIC_OR_PARTITION);
    rules.onTopicGone(topic);
  }

  function remember(id: string, { partition, messages }: FetchedPartition): void {
    const last = messages.at(-1);
    if (!last) return;
    const next = String(Number(last.offset) + 1);
    epochs.set(`${id}/${partition}`, {
      next,
      epoch: last.batchContext?.partitionLeaderEpoch ?? -1,
    });
  }

  /** The epoch of the record before the offset, if it is the one that was fetched last. */
  function lastEpoch(
    id: string,
    { partition, fetchOffset }: Pick<Turn, "partition" | "fetchOffset">,
  ) {
    const last = epochs.get(`${id}/${partition}`);
    return last?.next === fetchOffset ? last.epoch : -1;
  }
}
