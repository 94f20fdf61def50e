import type { KafkaMessage, Message } from "kafkajs";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** Where a message lies. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record of the dead letter topic that the consumer wrote. */
export interface LetterRecord {
  readonly kind: "letter";
  /** When it was set aside, in ms since the epoch. */
  readonly at: number;
  readonly origin: Place;
  readonly reason: string;
  readonly key: Buffer | null;
  readonly value: Buffer;
  /** Tells it from another message that had the same place, in a topic that was made again. */
  readonly digest: string;
}

/** A record of the dead letter topic that a replay wrote: this letter was sent back. */
export interface ReplayRecord {
  readonly kind: "replay";
  readonly at: number;
  readonly origin: Place;
  readonly digest: string;
  /** Where the message lies now. */
  readonly to: Place;
  /** How often the message has been replayed with this, under whatever origin. */
  readonly attempt: number;
}

/** Reads a record of the dead letter topic; undefined if it is neither a letter nor a replay. */
export function parseRecord(message: KafkaMessage): LetterRecord | ReplayRecord | undefined {
  const header = (name: string) => headerOf(message, name)?.toString();
  const at = Number(message.timestamp);
  if (message.value === null) {
    const origin = parsePlace(String(message.key));
    const to = parsePlace(header("replayed_to") ?? "");
    const digest = header("digest");
    const attempt = Number(header("attempt"));
    if (!origin || !to || !digest || !(attempt >= 1)) return undefined;
    return { kind: "replay", at, origin, digest, to, attempt };
  }
  const origin = parsePlace(`${header("topic")}/${header("partition")}/${header("offset")}`);
  const reason = header("error");
  if (!origin || reason === undefined) return undefined;
  const { value } = message;
  const key = headerOf(message, "key") ?? null;
  return { kind: "letter", at, origin, reason, key, value, digest: digestOf(value) };
}

/**
 * The record that says that a letter was sent back. It has the letter's key and no value: should the
 * topic ever be compacted, it deletes the letter.
 */
export function replayMarker(
  { origin, digest }: Pick<LetterRecord, "origin" | "digest">,
  { to, attempt }: Pick<ReplayRecord, "to" | "attempt">,
): Message {
  return {
    key: formatPlace(origin),
    value: null,
    headers: { replayed_to: formatPlace(to), attempt: String(attempt), digest },
  };
}

/** A place as people type it: `topic/partition/offset`. */
export function formatPlace({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`;
}

/** Reads `topic/partition/offset`; undefined if it is none. */
export function parsePlace(text: string): Place | undefined {
  const [, topic, partition, offset] = /^([\w.-]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  return topic ? { topic, partition: Number(partition), offset: Number(offset) } : undefined;
}

function digestOf(value: Uint8Array): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 16);
}

function headerOf({ headers }: KafkaMessage, name: string): Buffer | undefined {
  const value = headers?.[name];
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined ? undefined : Buffer.from(last as Buffer);
}
