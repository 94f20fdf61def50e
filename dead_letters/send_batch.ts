import { CompressionTypes, type Message, type Transaction } from "kafkajs";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import type { Place } from "../shared/formats/place.ts";
import { replayMarker } from "../shared/formats/replay_record.ts";
import { toMessage } from "../shared/formats/replayed_message.ts";
import type { ReplayItem } from "./replay_batches.ts";

/**
 * Sends letters back within a transaction, and marks each in the dead letter topic.
 *
 * @returns where they lie if the transaction is committed: the messages, in the order of `items`,
 * and their marks
 * @throws kafkajs' errors
 */
export async function sendBatch(
  transaction: Transaction,
  items: readonly ReplayItem[],
  deadLetters: string,
): Promise<{ messages: Place[]; marks: Place[] }> {
  const places = new Map<ReplayItem, Place>();
  const byTarget = Map.groupBy(
    items,
    ({ letter: { origin }, partition }) => `${origin.topic}/${partition}`,
  );
  for (const group of byTarget.values()) {
    const [{ letter: { origin: { topic } }, partition }] = group as [ReplayItem];
    const sent = await sendPartition(transaction, topic, partition, group.map(toMessage));
    group.forEach((one, i) => places.set(one, sent[i]!));
  }
  const marks: Place[] = [];
  for (
    const [letterPartition, group] of Map.groupBy(items, ({ letter }) => letter.letterPartition)
  ) {
    const markers = group.map((one) =>
      replayMarker(one.letter, { to: places.get(one)!, attempt: one.letter.attempts + 1 })
    );
    marks.push(...await sendPartition(transaction, deadLetters, letterPartition, markers));
  }
  return { messages: items.map((one) => places.get(one)!), marks };
}

/**
 * One partition a request: one that carries several can fail in part, and kafkajs would then send all
 * of it again under wrong sequence numbers.
 *
 * @returns where each lies if the transaction is committed
 */
async function sendPartition(
  transaction: Transaction,
  topic: string,
  partition: number,
  messages: readonly Message[],
): Promise<Place[]> {
  const [ack] = await transaction.send({
    topic,
    messages: messages.map((message) => ({ ...message, partition })),
    acks: -1,
    compression: smallest(messages),
  });
  // kafkajs reports success when it found no leader to send to.
  if (ack?.baseOffset === undefined) throw new Error(`no broker leads ${topic}/${partition}`);
  const first = Number(ack.baseOffset);
  return messages.map((_, i) => ({ topic, partition, offset: first + i }));
}

/** Large messages that compression only makes larger would be too large for the broker with it. */
function smallest(messages: readonly Message[]): CompressionTypes {
  const values = Buffer.concat(messages.flatMap(({ value }) => value ? [value as Buffer] : []));
  return gzipSync(values).length < values.length ? CompressionTypes.GZIP : CompressionTypes.None;
}
