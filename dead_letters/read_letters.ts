import type { Admin, Kafka } from "kafkajs";
import { UserError } from "../shared/cli/errors.ts";
import { deadLetterTopic } from "../shared/catalogue/events.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { formatPlace } from "../shared/formats/place.ts";
import { parseRecord } from "../shared/formats/replay_record.ts";
import { streamTopic } from "../shared/kafka/topic_reader.ts";
import { type Filter, gatherLetters, type Letter, matches, type StoredRecord } from "./letters.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/** What was read of the dead letter topic. */
export interface ReadLetters {
  /** Those that the filter chooses. */
  readonly letters: readonly Letter[];
  /** How many records are neither letters nor replays. */
  readonly foreign: number;
}

/**
 * Reads the dead letter topic up to its present end; a missing topic holds no letters.
 *
 * @param options.onProgress called with how many of its records were read
 * @throws {UserError} when there is no letter of an origin that the filter names; `signal.reason`
 *   when aborted; kafkajs' errors
 */
export async function readLetters(
  { kafka, admin, settings }: { kafka: Kafka; admin: Admin; settings: Settings },
  filter: Filter,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (records: number) => void } = {},
): Promise<ReadLetters> {
  const topic = deadLetterTopic(settings.topicPrefix);
  const there = (await admin.listTopics()).includes(topic);
  const records: StoredRecord[] = [];
  let foreign = 0;
  const stretches = there ? streamTopic(kafka, admin, topic, undefined, { signal }) : [];
  for await (const { partition, messages } of stretches) {
    for (const message of messages) {
      const record = parseRecord(message);
      if (record) records.push({ ...record, letterPartition: partition });
      else foreign++;
    }
    onProgress?.(records.length + foreign);
  }
  const all = gatherLetters(records);
  const known = new Set(all.map(({ origin }) => formatPlace(origin)));
  const missing = filter.origins?.filter((origin) => !known.has(origin)) ?? [];
  if (missing.length > 0) {
    throw new UserError(
      `No dead letter has the origin ${missing.join(", ")}`,
      `see the origins with: ${taskCommand("dead-letters --all")}`,
    );
  }
  return {
    letters: all.filter((letter) => matches(letter, filter, settings.topicPrefix)),
    foreign,
  };
}
