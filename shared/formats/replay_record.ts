import type { KafkaMessage, Message } from "kafkajs";
import { headerOf } from "./headers.ts";
import { decodeLetter, type LetterRecord } from "./letter_record.ts";
import { formatPlace, parsePlace, type Place } from "./place.ts";

/** A record of the dead letter topic that a replay wrote: this letter was sent back. */
export interface ReplayRecord {
  readonly kind: "replay";
  readonly at: number;
  readonly origin: Place;
  readonly digest: string;
  /** Where the message lies now. */
  readonly to: Place;
  /** How often the message has been replayed so far, this time included. */
  readonly attempt: number;
}

/** Parses a record of the dead letter topic; undefined if it is neither a letter nor a replay. */
export function parseRecord(message: KafkaMessage): LetterRecord | ReplayRecord | undefined {
  if (message.value !== null) return decodeLetter(message);
  const header = (name: string) => headerOf(message.headers, name)?.toString();
  const origin = parsePlace(String(message.key));
  const to = parsePlace(header("replayed_to") ?? "");
  const digest = header("digest");
  const attempt = Number(header("attempt"));
  if (!origin || !to || !digest || !(attempt >= 1)) return undefined;
  return { kind: "replay", at: Number(message.timestamp), origin, digest, to, attempt };
}

/**
 * The record that says that a letter was sent back. It has the letter's key and no value: should
 * the topic ever be compacted, it deletes the letter.
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

/** The identity of a letter and of the record of its replay: origin and content. */
export function identityOf({ origin, digest }: Pick<LetterRecord, "origin" | "digest">): string {
  return `${formatPlace(origin)} ${digest}`;
}
