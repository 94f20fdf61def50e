import type { Consumer } from "kafkajs";
import type { Type } from "../../shared/catalogue/events.ts";
import { retryForever, type Retrying } from "../../shared/cli/retry.ts";
import type { Generation } from "./generation.ts";
import { locate } from "../landing/locate.ts";
import type { AssignedPartition } from "../landing/assigned_partition.ts";
import type { RecoveryWorld } from "../landing/recovery.ts";

/** What is needed to continue where the log continues. */
export interface RelocateParts extends Retrying {
  readonly consumer: Pick<Consumer, "seek" | "resume">;
  /** The partitions of a topic, in their present state. */
  readonly look: (topic: string) => Promise<readonly AssignedPartition[]>;
  readonly endOfEpoch: RecoveryWorld["endOfEpoch"];
  readonly onWarning: (message: string) => void;
}

/**
 * Continues a partition, which the caller has paused, whose log no longer holds the position: cuts
 * the open batch of its type, so that no file covers the gap, and seeks to where the log continues.
 * kafkajs would have committed its default offset instead.
 *
 * @returns whether it continues; false: it is a different topic, so only a new session can
 * @throws `signal.reason` when the generation ends
 */
export async function relocate(
  generation: Generation,
  { type, topic, partition, topicId }: {
    type: Type;
    topic: string;
    partition: number;
    topicId?: string;
  },
  parts: RelocateParts,
): Promise<boolean> {
  const { signal } = generation;
  const found = await retryForever(
    async () => {
      const log = (await parts.look(topic)).find((one) => one.partition === partition);
      if (!log || log.topicId !== topicId) return undefined;
      const epoch = generation.leaderEpoch(topic, partition);
      const end = epoch === undefined ? undefined : await parts.endOfEpoch(topic, partition, epoch);
      return { log, end };
    },
    parts,
    signal,
  );
  signal.throwIfAborted();
  if (!found) return false;
  const { position, warning } = locate(
    found.log,
    generation.position(topic, partition)!,
    found.end,
  );
  if (warning) {
    parts.onWarning(warning);
    generation.cut(type, "room");
    generation.moveTo(topic, partition, position);
  }
  parts.consumer.seek({ topic, partition, offset: String(position) });
  parts.consumer.resume([{ topic, partitions: [partition] }]);
  return true;
}
