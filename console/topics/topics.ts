import { deadLetterTopic, topicOf, types } from "../../shared/catalogue/events.ts";
import { UserError } from "../../shared/cli/errors.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import { logSizes } from "../../shared/kafka/log_dirs.ts";
import { readableLogs } from "../../shared/kafka/log_ends.ts";
import type { KafkaConnection } from "../connections.ts";
import { whileTopicsChange } from "./while_topics_change.ts";

/** A partition of a topic. */
export interface PartitionState {
  readonly partition: number;
  /** The node that leads it. */
  readonly leader: number;
  /** The first offset of its log, and the one behind the last. */
  readonly low: number;
  readonly high: number;
  /** How far it can be read: what lies behind is held back by an open transaction. */
  readonly stable: number;
  /** What one replica takes on disk, in bytes; undefined: Kafka does not tell. */
  readonly size?: number;
}

/** A topic and its partitions. */
export interface TopicState {
  readonly topic: string;
  /** Whether the pipeline reads or writes it. */
  readonly isOurs: boolean;
  readonly partitions: readonly PartitionState[];
}

/** Topics, and when they were looked at, in ms since the epoch. */
export interface Topics {
  readonly at: number;
  readonly topics: readonly TopicState[];
}

/**
 * All topics but Kafka's own, ours first. Asks for offsets and sizes only: no message is read.
 *
 * @param only the one topic to look at
 * @throws {UserError} when that is not there; kafkajs' errors
 */
export async function lookAtTopics(
  connection: KafkaConnection,
  settings: Settings,
  only?: string,
): Promise<Topics> {
  return await whileTopicsChange(() => look(connection, settings, only));
}

async function look(
  { kafka, admin }: KafkaConnection,
  settings: Settings,
  only: string | undefined,
): Promise<Topics> {
  const all = (await admin.fetchTopicMetadata()).topics.filter(({ name }) => isVisible(name));
  const topics = only === undefined ? all : all.filter(({ name }) => name === only);
  if (only !== undefined && topics.length === 0) {
    throw noSuchTopic(only, all.map(({ name }) => name));
  }
  if (topics.length === 0) return { at: Date.now(), topics: [] };
  // A connection of its own: what a long-lived one has once asked for, it asks for ever after.
  await using cluster = await connectCluster(kafka);
  const logs = await readableLogs(cluster, topics.map(({ name }) => name));
  const at = Date.now();
  const partitionsOf = Map.groupBy(logs, ({ topic }) => topic);
  const sizes = await logSizes(
    cluster,
    new Map([...partitionsOf].map(([topic, logs]) => [
      topic,
      logs.map(({ partition }) => partition),
    ])),
  );
  const ours = ourTopics(settings);
  return {
    at,
    topics: topics.map(({ name, partitions }): TopicState => ({
      topic: name,
      isOurs: ours.includes(name),
      partitions: (partitionsOf.get(name) ?? []).map(({ partition, low, high, stable }) => ({
        partition,
        leader: partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? -1,
        ...{ low, high, stable },
        size: sizes.get(`${name}/${partition}`),
      })),
    })).toSorted((a, b) =>
      rank(ours, a.topic) - rank(ours, b.topic) || (a.topic < b.topic ? -1 : 1)
    ),
  };
}

/** Whether people see a topic: Kafka keeps some for itself. */
export function isVisible(topic: string): boolean {
  return !topic.startsWith("__");
}

/** That a topic is not there, and which are. */
function noSuchTopic(topic: string, there: readonly string[]): UserError {
  const list = there.toSorted().join(", ");
  return new UserError(
    `There is no topic ${topic}`,
    list === "" ? "there is none at all" : `those that are there: ${list}`,
  );
}

/** The topics of the pipeline, in the order in which they are shown. */
function ourTopics({ topicPrefix }: Settings): string[] {
  return [...types.map((type) => topicOf(type, topicPrefix)), deadLetterTopic(topicPrefix)];
}

function rank(ours: readonly string[], topic: string): number {
  const index = ours.indexOf(topic);
  return index < 0 ? ours.length : index;
}
