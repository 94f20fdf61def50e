import type { Broker, Cluster } from "./kafka_cluster.ts";

/** The offsets that a partition's log holds: `low` up to, not with, `high`, the high watermark. */
export interface LogEnds {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** Special times of ListOffsets, and the isolation level that sees open transactions, too. */
const LATEST = -1;
const EARLIEST = -2;
const READ_UNCOMMITTED = 0;

/**
 * Where the logs of topics begin and end. It is the high watermark that a fetch's offset may not pass;
 * kafkajs' admin tells the last stable offset instead, before which no transaction is open.
 *
 * @throws kafkajs' errors, such as that a leader has moved
 */
export async function logEnds(cluster: Cluster, topics: readonly string[]): Promise<LogEnds[]> {
  await cluster.addMultipleTargetTopics(topics);
  // One that was made again may have fewer partitions now.
  await cluster.refreshMetadata();
  const places = topics.flatMap((topic) =>
    cluster.findTopicPartitionMetadata(topic).map(({ partitionId, leader }) => (
      { topic, partition: partitionId, leader }
    ))
  );
  const ends = await Promise.all(
    [...Map.groupBy(places, ({ leader }) => leader)].map(async ([nodeId, places]) => {
      const broker = await cluster.findBroker({ nodeId });
      const [lows, highs] = await Promise.all([
        offsetsAt(broker, EARLIEST, places),
        offsetsAt(broker, LATEST, places),
      ]);
      return places.map(({ topic, partition }, i): LogEnds => (
        { topic, partition, low: lows[i]!, high: highs[i]! }
      ));
    }),
  );
  return ends.flat().toSorted((a, b) =>
    topics.indexOf(a.topic) - topics.indexOf(b.topic) || a.partition - b.partition
  );
}

async function offsetsAt(
  broker: Broker,
  timestamp: number,
  places: readonly { readonly topic: string; readonly partition: number }[],
): Promise<number[]> {
  const byTopic = Map.groupBy(places, ({ topic }) => topic);
  const { responses } = await broker.listOffsets({
    isolationLevel: READ_UNCOMMITTED,
    topics: [...byTopic].map(([topic, places]) => ({
      topic,
      partitions: places.map(({ partition }) => ({ partition, timestamp })),
    })),
  });
  const found = new Map(
    responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)])
    ),
  );
  return places.map(({ topic, partition }) => found.get(`${topic}/${partition}`)!);
}
