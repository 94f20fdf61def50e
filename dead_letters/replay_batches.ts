import type { Admin, Kafka } from "kafkajs";
import type { Settings } from "../shared/cli/settings.ts";
import { type Letter, typeOf } from "./letters.ts";
import { originalOf } from "./original.ts";
import { formatPlace } from "../shared/formats/place.ts";
import { recordTimes } from "./record_times.ts";
import { originalBytes, type ReplayedMessage, timeOf } from "../shared/formats/replayed_message.ts";

/** A letter that is sent back. */
export interface ReplayItem extends ReplayedMessage {
  readonly letter: Letter;
  /** The partition of its topic that it is sent to. */
  readonly partition: number;
}

/** The most that one transaction sends back, so that none takes long. */
const MAX_LETTERS = 500;
const MAX_BYTES = 512 * 1024;

/**
 * Prepares letters for their replay, in batches of one transaction each.
 *
 * @param options.onUnreplayable called with the reason for each letter that cannot be replayed
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function* replayBatches(
  letters: readonly Letter[],
  options: {
    kafka: Kafka;
    admin: Admin;
    settings: Settings;
    signal: AbortSignal;
    onUnreplayable: (message: string) => void;
  },
): AsyncGenerator<ReplayItem[]> {
  const { admin, settings, signal, onUnreplayable } = options;
  const partitions = await countPartitions(admin);
  const topics = new Set(letters.map(({ origin }) => origin.topic));
  const keepsTime = await recordTimes(
    admin,
    [...topics].filter((topic) => partitions.has(topic)),
    Date.now(),
  );
  let batch: ReplayItem[] = [];
  let bytes = 0;
  for (const letter of letters) {
    signal.throwIfAborted();
    const { topic, partition } = letter.origin;
    const name = formatPlace(letter.origin);
    const count = typeOf(letter, settings.topicPrefix) ? partitions.get(topic) : undefined;
    if (!count) {
      onUnreplayable(`${name} cannot be replayed: ${topic} is not the topic of an event type`);
      continue;
    }
    const original = await originalOf(letter, options, signal);
    if (!original) {
      onUnreplayable(
        `${name} cannot be replayed: it was truncated, and Kafka no longer has the original`,
      );
      continue;
    }
    const size = originalBytes(original);
    if (batch.length === MAX_LETTERS || bytes + size > MAX_BYTES) {
      if (batch.length > 0) yield batch;
      batch = [];
      bytes = 0;
    }
    // A topic that was recreated may have fewer partitions.
    batch.push({
      letter,
      original,
      partition: partition % count,
      keepsTime: keepsTime(topic, timeOf(original)),
    });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function countPartitions(admin: Admin): Promise<Map<string, number>> {
  const { topics } = await admin.fetchTopicMetadata();
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}
