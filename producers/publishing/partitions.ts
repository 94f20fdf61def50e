import type { Admin, Message } from "kafkajs";
import { catalogue, type Event, topicOf, type Type, types } from "../../shared/catalogue/events.ts";
import { murmur2 } from "./murmur2.ts";

/** How many partitions each topic has. */
export type Partitions = ReadonlyMap<string, number>;

/** Counts the partitions of the topics of events. */
export async function countPartitions(admin: Admin, prefix: string): Promise<Partitions> {
  const wanted = types.map((type) => topicOf(type, prefix));
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}

/** Events of one partition, in the order in which they were generated. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly events: Event[];
  readonly messages: Message[];
}

/** Sorts events into the partitions of their keys, as the Java producer would. */
export function groupByPartition(
  events: readonly Event[],
  options: { partitions: Partitions; prefix: string },
): PartitionBatch[] {
  const batches = new Map<Type, Map<number, PartitionBatch>>();
  for (const event of events) {
    const { event_type: type } = event;
    const topic = topicOf(type, options.prefix);
    const key = keyOf(event);
    const partition = murmur2(key) % (options.partitions.get(topic) ?? 1);
    let ofType = batches.get(type);
    if (!ofType) batches.set(type, ofType = new Map());
    let batch = ofType.get(partition);
    if (!batch) ofType.set(partition, batch = { topic, partition, events: [], messages: [] });
    batch.events.push(event);
    batch.messages.push({ key, value: JSON.stringify(event), partition });
  }
  return [...batches.values()].flatMap((ofType) => [...ofType.values()]);
}

/** The message key of an event: the value of its type's key field. */
export function keyOf(event: Event): string {
  return String((event as Record<string, unknown>)[catalogue[event.event_type].key]);
}
