import { identityOf, parseRecord } from "../shared/formats/replay_record.ts";
import type { Cluster } from "../shared/kafka/cluster.ts";
import type { ReadableLog } from "../shared/kafka/log_ends.ts";
import { readLog } from "../shared/kafka/log_reader.ts";

/** A dead letter topic with more records than this is not read: of each letter some bytes are held. */
export const MAX_LETTERS = 100_000;

/**
 * Counts dead letters, and those that wait: that no replay has sent back. Records that a replay has
 * written, and the markers of its transactions, are none; a letter that was set aside twice is one.
 *
 * @param logs the partitions of the dead letter topic
 * @returns undefined where there are too many
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function waitingLetters(
  cluster: Cluster,
  logs: readonly ReadableLog[],
  signal?: AbortSignal,
): Promise<{ letters: number; waiting: number } | undefined> {
  if (logs.reduce((sum, { low, high }) => sum + high - low, 0) > MAX_LETTERS) return undefined;
  const letters = new Set<string>();
  const replayed = new Set<string>();
  for (const { topic, partition, low, stable } of logs) {
    const range = { topic, partition, from: low, to: stable };
    const options = { firstOffset: () => Promise.resolve(stable), signal };
    for await (const { messages } of readLog(cluster, range, options)) {
      for (const message of messages) {
        const record = parseRecord(message);
        if (record) (record.kind === "letter" ? letters : replayed).add(identityOf(record));
      }
    }
  }
  return { letters: letters.size, waiting: letters.difference(replayed).size };
}
