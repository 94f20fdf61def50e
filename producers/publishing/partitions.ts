import { type Admin, type Message, Partitioners } from "kafkajs";
import { catalogue, type Event, topicOf, types } from "../../shared/catalogue/events.ts";

/** How many partitions each topic has. */
export type Partitions = ReadonlyMap<string, number>;

/** Counts the partitions of the topics of events. */
export async function countPartitions(admin: Admin, prefix: string): Promise<Partitions> {
  const wanted = types.map((type) => topicOf(type, prefix));
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}

/** Events of one partition, in the order they were made. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly events: Event[];
  readonly messages: Message[];
}

/** The hash of Java's own producer (murmur2), so that other clients put a key in the same partition. */
const partitionOf = Partitioners.DefaultPartitioner();

/** Sorts events into the partitions that their keys belong to. */
export function groupByPartition(
  events: readonly Event[],
  options: { partitions: Partitions; prefix: string },
): PartitionBatch[] {
  const batches = new Map<string, PartitionBatch>();
  for (const event of events) {
    const topic = topicOf(event.event_type, options.prefix);
    const key = keyOf(event);
    const message: Message = { key, value: JSON.stringify(event) };
    const partition = partitionOf({
      topic,
      message,
      partitionMetadata: metadata(options.partitions.get(topic) ?? 1),
    });
    const name = `${topic}/${partition}`;
    let batch = batches.get(name);
    if (!batch) batches.set(name, batch = { topic, partition, events: [], messages: [] });
    batch.events.push(event);
    batch.messages.push({ ...message, partition });
  }
  return [...batches.values()];
}

/** The message key of an event: the value of its type's key field. */
export function keyOf(event: Event): string {
  return String((event as Record<string, unknown>)[catalogue[event.event_type].key]);
}

const known = new Map<number, Parameters<typeof partitionOf>[0]["partitionMetadata"]>();

/** What kafkajs' partitioner wants to know of a topic; it only counts the partitions of a keyed message. */
function metadata(count: number) {
  let list = known.get(count);
  if (!list) {
    list = Array.from({ length: count }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    known.set(count, list);
  }
  return list;
}
