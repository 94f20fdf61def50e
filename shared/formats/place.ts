/** A message's position in Kafka. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A place as people type it: `topic/partition/offset`. */
export function formatPlace({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`;
}

/** Reads `topic/partition/offset`; undefined if it is not one. */
export function parsePlace(text: string): Place | undefined {
  const [, topic, partition, offset] = /^([\w.-]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  return topic ? { topic, partition: Number(partition), offset: Number(offset) } : undefined;
}
