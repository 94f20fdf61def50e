import type { Admin, Kafka } from "kafkajs";
import { readTopic } from "../shared/topic_reader.ts";
import type { Letter } from "./letters.ts";

/** The length that a letter's value had before the consumer cut it; undefined if it is whole. */
export function cutFrom({ reason, value }: Pick<Letter, "reason" | "value">): number | undefined {
  const [, full, kept] = /\(cut from (\d+) to (\d+) bytes\)$/.exec(reason) ?? [];
  return full && Number(kept) === value.length ? Number(full) : undefined;
}

/**
 * The whole value of a letter: of one that was cut, the message that still lies at its origin.
 *
 * @returns undefined if that is gone, or another one lies there
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function wholeValue(
  letter: Letter,
  { kafka, admin }: { kafka: Kafka; admin: Admin },
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const length = cutFrom(letter);
  if (length === undefined) return letter.value;
  const { topic, partition, offset } = letter.origin;
  const range = { to: new Map([[partition, offset + 1]]), signal };
  const found = await readTopic(kafka, admin, topic, new Map([[partition, offset]]), range);
  const value = found[0]?.message.value;
  const same = value?.length === length &&
    letter.value.equals(value.subarray(0, letter.value.length));
  return same ? value : undefined;
}
