import { decodeLetter } from "../shared/formats/letter_record.ts";
import type { Cluster } from "../shared/kafka/cluster.ts";
import { readableLogs } from "../shared/kafka/log_ends.ts";
import { readLog } from "../shared/kafka/log_reader.ts";
import { type Interval, Intervals } from "./intervals.ts";

/** The origins of dead letters. */
export class LetterIndex {
  readonly #origins = new Map<string, Intervals>();

  /** Adds the place of a message that is a dead letter. */
  add(topic: string, partition: number, offset: number): void {
    const name = `${topic}/${partition}`;
    const origins = this.#origins.get(name) ?? new Intervals();
    this.#origins.set(name, origins);
    origins.add({ from: offset, to: offset + 1 });
  }

  /** How many messages of these offsets are dead letters. */
  count(topic: string, partition: number, offsets: Interval): number {
    return this.#origins.get(`${topic}/${partition}`)?.count(offsets) ?? 0;
  }
}

/**
 * Reads which messages have become dead letters. Letters are never part of a transaction, so those
 * after an open one, of a replay that hangs, count as well.
 *
 * @param topic the dead letter topic, which has to exist
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function indexLetters(
  cluster: Cluster,
  topic: string,
  signal?: AbortSignal,
): Promise<LetterIndex> {
  const index = new LetterIndex();
  for (const { partition, low, high } of await readableLogs(cluster, [topic])) {
    const firstOffset = async () =>
      (await readableLogs(cluster, [topic])).find((log) => log.partition === partition)!.low;
    const range = { topic, partition, from: low, to: high };
    for await (
      const { messages } of readLog(cluster, range, { firstOffset, uncommitted: true, signal })
    ) {
      for (const message of messages) {
        const origin = decodeLetter(message)?.origin;
        if (origin) index.add(origin.topic, origin.partition, origin.offset);
      }
    }
  }
  return index;
}

/** How many records Kafka has deleted from the start of the dead letter topic. */
export async function deletedLetters(cluster: Cluster, topic: string): Promise<number> {
  return (await readableLogs(cluster, [topic])).reduce((sum, { low }) => sum + low, 0);
}
