import type { Admin, Kafka } from "kafkajs";
import { readTopic } from "../../shared/topic_reader.ts";
import type { Hole } from "./coverage.ts";

/** What the offsets of holes turned out to be. */
export interface Explained {
  deadLetters: number;
  tombstones: number;
  /** Offsets that hold no message: a transaction's marker, or what was aborted or compacted away. */
  empty: number;
  /** What is neither, in words. */
  readonly unexplained: string[];
}

/** What holes are explained by. */
export interface Witnesses {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topic: string;
  /** The oldest offset of each partition. */
  readonly low: ReadonlyMap<number, number>;
  /** Whether there is a dead letter of that origin. */
  readonly isDeadLetter: (partition: number, offset: number) => boolean;
  /** How many records Kafka has deleted from the dead letter topic. */
  readonly deletedLetters: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks into Kafka for what holes in the coverage hold. Only a dead letter, a tombstone or no message
 * at all needs no file.
 */
export async function explainHoles(
  holes: readonly Hole[],
  witnesses: Witnesses,
): Promise<Explained> {
  const sum: Explained = { deadLetters: 0, tombstones: 0, empty: 0, unexplained: [] };
  const queues = Map.groupBy(holes, ({ partition }) => partition);
  // One hole of each partition at a time: between two of a partition there may be millions of events.
  while (queues.size > 0) {
    const round: Hole[] = [];
    for (const [partition, queue] of queues) {
      round.push(queue.shift()!);
      if (queue.length === 0) queues.delete(partition);
    }
    await explainRound(round, witnesses, sum);
  }
  return sum;
}

async function explainRound(
  round: readonly Hole[],
  { kafka, admin, topic, low, isDeadLetter, deletedLetters, signal }: Witnesses,
  sum: Explained,
): Promise<void> {
  const from = new Map(round.map((hole) => [hole.partition, hole.from]));
  const to = new Map(round.map((hole) => [hole.partition, hole.to]));
  const messages = await readTopic(kafka, admin, topic, from, { to, signal });
  for (const hole of round) {
    const { partition } = hole;
    const found = messages.filter((one) => one.partition === partition);
    const byOffset = new Map(found.map(({ message }) => [Number(message.offset), message]));
    const lost: number[] = [];
    const deleted = Math.max(0, Math.min(low.get(partition) ?? 0, hole.to) - hole.from);
    if (hole.file !== undefined) {
      // The file's own count was made when its messages were still there.
      if (deleted === 0 && byOffset.size > hole.accounted) {
        sum.unexplained.push(
          `${
            place(topic, hole)
          }: ${byOffset.size} messages, of which ${hole.file} accounts for ${hole.accounted}`,
        );
      }
      sum.empty += hole.to - hole.from - hole.accounted;
      continue;
    }
    for (let offset = hole.from; offset < hole.to; offset++) {
      const message = byOffset.get(offset);
      if (isDeadLetter(partition, offset)) sum.deadLetters++;
      else if (message === undefined && offset >= (low.get(partition) ?? 0)) sum.empty++;
      else if (message?.value === null) sum.tombstones++;
      else lost.push(offset);
    }
    if (lost.length > 0) {
      sum.unexplained.push(
        `${
          place(topic, { partition, from: lost[0]!, to: lost.at(-1)! + 1 })
        }: ${lost.length} events are committed, but in no file and no dead letter${
          deletedLetters > 0
            ? ` (Kafka has deleted ${deletedLetters} records of the dead letter topic, which may have been theirs)`
            : ""
        }`,
      );
    }
  }
}

/** Offsets for people, with the last one included. */
export function place(
  topic: string,
  { partition, from, to }: { partition: number; from: number; to: number },
): string {
  return `${topic}/${partition} ${
    from === to - 1 ? `offset ${from}` : `offsets ${from} to ${to - 1}`
  }`;
}
