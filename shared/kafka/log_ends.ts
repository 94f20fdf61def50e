import { offsetsByPlace } from "./offsets_by_place.ts";
import type { Broker, Cluster } from "./cluster.ts";

/** The offsets in a partition's log: from `low` to `high`, the high watermark, exclusive. */
export interface LogEnds {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** The same, and how far it can be read. */
export interface ReadableLog extends LogEnds {
  /**
   * The last stable offset: what lies between it and the high watermark is held back by an open
   * transaction from every consumer that reads committed records only.
   */
  readonly stable: number;
}

/** Special times of ListOffsets. */
const LATEST = -1;
const EARLIEST = -2;
/** Its isolation levels: with and without records of open transactions. */
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

/**
 * Where the logs of topics begin and end. It is the high watermark that a fetch's offset may not
 * pass; kafkajs' admin tells the last stable offset instead, before which no transaction is open.
 *
 * @throws kafkajs' errors, such as that a leader has moved
 */
export async function logEnds(cluster: Cluster, topics: readonly string[]): Promise<LogEnds[]> {
  return await ask(cluster, topics, async (broker, places) => {
    const [lows, highs] = await Promise.all([
      offsetsAt(broker, EARLIEST, READ_UNCOMMITTED, places),
      offsetsAt(broker, LATEST, READ_UNCOMMITTED, places),
    ]);
    return places.map((place, i) => ({ ...place, low: lows[i]!, high: highs[i]! }));
  });
}

/**
 * Where the logs of topics begin and end, and how far they can be read.
 *
 * @throws kafkajs' errors, such as that a leader has moved
 */
export async function readableLogs(
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadableLog[]> {
  return await ask(cluster, topics, async (broker, places) => {
    const lows = await offsetsAt(broker, EARLIEST, READ_UNCOMMITTED, places);
    const highs = await offsetsAt(broker, LATEST, READ_UNCOMMITTED, places);
    // Asked last: otherwise records written between the two requests would seem to be held back.
    const stables = await offsetsAt(broker, LATEST, READ_COMMITTED, places);
    return places.map((place, i) => {
      const high = highs[i]!;
      return { ...place, low: lows[i]!, stable: Math.min(stables[i]!, high), high };
    });
  });
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

async function ask<T extends Place>(
  cluster: Cluster,
  topics: readonly string[],
  question: (broker: Broker, places: readonly Place[]) => Promise<T[]>,
): Promise<T[]> {
  await cluster.addMultipleTargetTopics(topics);
  // A recreated topic may have fewer partitions now.
  await cluster.refreshMetadata();
  const places = topics.flatMap((topic) =>
    cluster.findTopicPartitionMetadata(topic).map(({ partitionId, leader }) => (
      { topic, partition: partitionId, leader }
    ))
  );
  const ends = await Promise.all(
    [...Map.groupBy(places, ({ leader }) => leader)].map(async ([nodeId, places]) =>
      await question(
        await cluster.findBroker({ nodeId }),
        places.map(({ topic, partition }) => ({ topic, partition })),
      )
    ),
  );
  return ends.flat().toSorted((a, b) =>
    topics.indexOf(a.topic) - topics.indexOf(b.topic) || a.partition - b.partition
  );
}

async function offsetsAt(
  broker: Broker,
  timestamp: number,
  isolationLevel: number,
  places: readonly Place[],
): Promise<number[]> {
  const byTopic = Map.groupBy(places, ({ topic }) => topic);
  const { responses } = await broker.listOffsets({
    isolationLevel,
    topics: [...byTopic].map(([topic, places]) => ({
      topic,
      partitions: places.map(({ partition }) => ({ partition, timestamp })),
    })),
  });
  const found = offsetsByPlace(responses);
  return places.map(({ topic, partition }) => found.get(`${topic}/${partition}`)!);
}
