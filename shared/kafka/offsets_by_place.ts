/** Offsets as Kafka's answers have them. */
export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

/** Offsets of an answer by `topic/partition`; -1 stands for none. */
export function offsetsByPlace(topics: readonly TopicOffsets[]): Map<string, number> {
  return new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)])
    ),
  );
}
