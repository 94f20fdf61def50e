import type { Admin, Kafka } from "kafkajs";
import type { Settings } from "../shared/cli/settings.ts";
import { type Letter, typeOf } from "./letters.ts";
import { originalOf } from "./original.ts";
import { formatPlace } from "../shared/formats/place.ts";
import { recordTimes } from "./record_times.ts";
import { originalBytes, type Returned, timeOf } from "../shared/formats/returned_message.ts";

/** A letter that is sent back. */
export interface Return extends Returned {
  readonly letter: Letter;
  /** The partition of its topic that it is sent to. */
  readonly partition: number;
}

/** What one transaction sends back at most, so that none takes long. */
const MAX_LETTERS = 500;
const MAX_BYTES = 512 * 1024;

/**
 * Prepares letters for their replay, in portions of a transaction each.
 *
 * @param options.onHopeless told of a letter that cannot be replayed, and why
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function* prepareReturns(
  letters: readonly Letter[],
  options: {
    kafka: Kafka;
    admin: Admin;
    settings: Settings;
    signal: AbortSignal;
    onHopeless: (message: string) => void;
  },
): AsyncGenerator<Return[]> {
  const { admin, settings, signal, onHopeless } = options;
  const partitions = await countPartitions(admin);
  const topics = new Set(letters.map(({ origin }) => origin.topic));
  const keepsTime = await recordTimes(
    admin,
    [...topics].filter((topic) => partitions.has(topic)),
    Date.now(),
  );
  let portion: Return[] = [];
  let bytes = 0;
  for (const letter of letters) {
    signal.throwIfAborted();
    const { topic, partition } = letter.origin;
    const name = formatPlace(letter.origin);
    const count = typeOf(letter, settings.topicPrefix) ? partitions.get(topic) : undefined;
    if (!count) {
      onHopeless(`${name} cannot be replayed: ${topic} is not the topic of an event type`);
      continue;
    }
    const original = await originalOf(letter, options, signal);
    if (!original) {
      onHopeless(
        `${name} cannot be replayed: it was truncated, and Kafka no longer has the original`,
      );
      continue;
    }
    const size = originalBytes(original);
    if (portion.length === MAX_LETTERS || bytes + size > MAX_BYTES) {
      if (portion.length > 0) yield portion;
      portion = [];
      bytes = 0;
    }
    // A topic that was made again may have fewer partitions.
    portion.push({
      letter,
      original,
      partition: partition % count,
      keepsTime: keepsTime(topic, timeOf(original)),
    });
    bytes += size;
  }
  if (portion.length > 0) yield portion;
}

async function countPartitions(admin: Admin): Promise<Map<string, number>> {
  const { topics } = await admin.fetchTopicMetadata();
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}
