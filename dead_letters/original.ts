import type { Admin, Kafka } from "kafkajs";
import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Original } from "../shared/formats/replayed_message.ts";
import { readTopic } from "../shared/kafka/topic_reader.ts";
import type { Letter } from "./letters.ts";

/**
 * The whole message that became a letter: for a truncated letter, the one that is still at its
 * origin.
 *
 * @returns undefined if that is gone, or another one is there
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function originalOf(
  letter: Letter,
  { kafka, admin }: { kafka: Kafka; admin: Admin },
  signal?: AbortSignal,
): Promise<Original | undefined> {
  if (!letter.cut) return letter;
  const { topic, partition, offset } = letter.origin;
  const range = { to: new Map([[partition, offset + 1]]), signal };
  const found = await readTopic(kafka, admin, topic, new Map([[partition, offset]]), range);
  const message = found[0]?.message;
  if (!message?.value || !isWholeOf(letter, message.value)) return undefined;
  const { key, value, headers = {}, timestamp } = message;
  return { key, value, headers, timestamp: Number(timestamp) };
}

function isWholeOf({ cut, value: kept }: Letter, value: Buffer): boolean {
  if (value.length !== cut!.length || !kept.equals(value.subarray(0, kept.length))) return false;
  return !cut!.sha256 || createHash("sha256").update(value).digest("hex") === cut!.sha256;
}
