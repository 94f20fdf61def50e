import type { KafkaMessage } from "kafkajs";
import { pause } from "../../shared/cli/backoff.ts";
import type { Cluster } from "../../shared/kafka/cluster.ts";
import { readableLogs } from "../../shared/kafka/log_ends.ts";
import { readLog } from "../../shared/kafka/log_reader.ts";
import { type Message, tellMessage } from "./message.ts";

/** What has come since the last time. */
export interface Tick {
  /** The newest, the newest last; each message once. */
  readonly messages: readonly Message[];
  /** How many came; where something is looked for, how many of those that were looked at have it. */
  readonly matched: number;
  /** How many came, and how many of them were looked at: all, if that can be done in time. */
  readonly came: number;
  readonly lookedAt: number;
  /** The offset of each partition to go on from. */
  readonly next: ReadonlyMap<number, number>;
}

/** How often a topic is looked at, in ms. */
export const TICK_MS = 500;
/** How many messages are told a look at most. */
export const TOLD = 25;
/** How many offsets of a partition are looked at in a look at most, where something is looked for. */
const LOOKED_AT = 20_000;

/**
 * Follows a topic until aborted. What comes faster than a page can show is left out and counted.
 *
 * @param from the offset to begin with, by partition: of others, what comes from now on
 * @param options.isWanted undefined: all are, and only those that are told are read
 * @throws the signal's reason when aborted; kafkajs' errors
 */
export async function* tail(
  cluster: Cluster,
  topic: string,
  from: ReadonlyMap<number, number>,
  { isWanted, signal }: {
    isWanted: ((message: KafkaMessage) => boolean) | undefined;
    signal: AbortSignal;
  },
): AsyncGenerator<Tick> {
  const next = new Map(from);
  for (let isFirst = true;; isFirst = false) {
    const found: Message[] = [];
    let [matched, came, lookedAt] = [0, 0, 0];
    for (const { partition, low, stable } of await readableLogs(cluster, [topic])) {
      // A partition that was added meanwhile is new as a whole; a topic that was made again begins anew.
      const known = next.get(partition) ?? (isFirst ? stable : low);
      const begin = known > stable ? low : Math.max(known, low);
      const first = Math.max(begin, stable - (isWanted ? LOOKED_AT : TOLD));
      let end = first;
      const range = { topic, partition, from: first, to: stable };
      const newest: Message[] = [];
      const stretches = readLog(cluster, range, {
        firstOffset: () => Promise.resolve(stable),
        signal,
      });
      for await (const { messages, to } of stretches) {
        end = to;
        for (const message of messages) {
          if (isWanted && !isWanted(message)) continue;
          matched++;
          newest.push(tellMessage(message, partition));
          if (newest.length > TOLD) newest.shift();
        }
      }
      found.push(...newest);
      came += end - begin;
      lookedAt += end - first;
      next.set(partition, end);
    }
    const messages = found.toSorted((a, b) => a.at - b.at).slice(-TOLD);
    if (!isWanted) [matched, lookedAt] = [came, came];
    yield { messages, matched, came, lookedAt, next };
    await pause(TICK_MS, signal);
  }
}
