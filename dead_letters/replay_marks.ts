import type { Admin, Kafka } from "kafkajs";
import { readTopic } from "../shared/kafka/topic_reader.ts";
import type { Letter } from "./letters.ts";
import type { Place } from "../shared/formats/place.ts";
import { identityOf, parseRecord, type ReplayRecord } from "../shared/formats/replay_record.ts";

/** What replays have marked as sent back since a moment. */
export interface ReplayMarks {
  /** Reads what was marked since the last reading; at once, where nothing was. */
  read(signal?: AbortSignal): Promise<void>;
  /** The mark that a letter has got since then. */
  of(letter: Letter): ReplayRecord | undefined;
  /** Skips marks of ours, which are known. */
  pass(marks: readonly Place[]): void;
}

/** Starts following the marks in the dead letter topic that are written from now on. */
export async function followMarks(
  { kafka, admin }: { kafka: Kafka; admin: Admin },
  topic: string,
): Promise<ReplayMarks> {
  const found = new Map<string, ReplayRecord>();
  const there = (await admin.listTopics()).includes(topic);
  let positions = there ? await ends(admin, topic) : new Map<number, number>();
  return {
    async read(signal) {
      const now = await ends(admin, topic);
      if ([...now].every(([partition, end]) => positions.get(partition) === end)) return;
      for (const { message } of await readTopic(kafka, admin, topic, positions, { signal })) {
        const record = parseRecord(message);
        if (record?.kind === "replay") found.set(identityOf(record), record);
      }
      positions = now;
    },
    of: (letter) => found.get(identityOf(letter)),
    pass(marks) {
      for (const [partition, places] of Map.groupBy(marks, ({ partition }) => partition)) {
        const offsets = places.map(({ offset }) => offset);
        // The transaction's own marker follows them.
        if (Math.min(...offsets) === positions.get(partition)) {
          positions.set(partition, Math.max(...offsets) + 2);
        }
      }
    },
  };
}

async function ends(admin: Admin, topic: string): Promise<Map<number, number>> {
  const logs = await admin.fetchTopicOffsets(topic);
  return new Map(logs.map(({ partition, high }) => [partition, Number(high)]));
}
