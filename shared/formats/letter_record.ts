import type { IHeaders, KafkaMessage, Message } from "kafkajs";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { headerBytes, headerOf, sendable } from "./headers.ts";
import { formatPlace, parsePlace, type Place } from "./place.ts";

/** A message that cannot be landed, where it came from, and why. */
export interface DeadLetter extends Place {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  readonly headers?: IHeaders;
  /** The message's own time as kafkajs gives it: ms since the epoch. */
  readonly timestamp?: string;
  readonly reason: string;
}

/** A record of the dead letter topic that the consumer wrote. */
export interface LetterRecord {
  readonly kind: "letter";
  /** When it became a dead letter, in ms since the epoch. */
  readonly at: number;
  readonly origin: Place;
  readonly reason: string;
  readonly key: Buffer | null;
  readonly value: Buffer;
  /** The headers that the message had. */
  readonly headers: IHeaders;
  /** The message's own time, in ms since the epoch. Letters from before 2026-12 lack it. */
  readonly timestamp?: number;
  /** Distinguishes it from another message at the same place, in a topic that was recreated. */
  readonly digest: string;
  /** For a truncated letter, which lacks at least a part of its value: the original. */
  readonly cut?: {
    /** Bytes of the whole value. */
    readonly length: number;
    /** SHA-256 of the whole value, in hex. Letters from before 2026-12 lack it. */
    readonly sha256?: string;
  };
}

/**
 * What a letter keeps of its message: all of it, this many bytes of the value, or only its origin.
 */
export type Kept = "whole" | "origin" | number;

/** Ours; the message's own headers go below `original.header.`, and so never meet these. */
const LENGTH = "original.value.length";
const SHA256 = "original.value.sha256";
const TIMESTAMP = "original.timestamp";
const HEADER = "original.header.";

/** Approximate size of origin, reason and framing in a record and in memory, in bytes. */
const OVERHEAD = 500;

/** Approximate size of a whole letter in a record and in memory, in bytes. */
export function letterBytes({ key, value, headers }: DeadLetter): number {
  return (key?.length ?? 0) + value.length + headerBytes(headers) + OVERHEAD;
}

/**
 * Kafka's record of a dead letter: keyed by its origin, so that a repeat after a crash can be told
 * from a second one; headers that say why and where it came from, and those that it had itself. The
 * names follow Kafka Connect's and Spring's dead letters.
 */
export function encodeLetter(letter: DeadLetter, kept: Kept = "whole"): Message {
  const { topic, partition, offset, key, timestamp, reason } = letter;
  const length = kept === "whole" ? undefined : kept === "origin" ? 0 : kept;
  const value = Buffer.from(letter.value.subarray(0, length));
  const headers: IHeaders = {
    error: reason,
    topic,
    partition: String(partition),
    offset: String(offset),
  };
  if (timestamp !== undefined) headers[TIMESTAMP] = timestamp;
  if (kept !== "whole") {
    headers[LENGTH] = String(letter.value.length);
    headers[SHA256] = sha256(letter.value);
  }
  if (kept !== "origin") {
    if (key) headers.key = Buffer.from(key);
    for (const [name, value] of Object.entries(sendable(letter.headers))) {
      headers[HEADER + name] = value;
    }
  }
  return { key: formatPlace(letter), value, headers };
}

/** Reads what encodeLetter() wrote; undefined if it is something else. */
export function decodeLetter(message: KafkaMessage): LetterRecord | undefined {
  const { value, headers } = message;
  const text = (name: string) => headerOf(headers, name)?.toString();
  const origin = parsePlace(`${text("topic")}/${text("partition")}/${text("offset")}`);
  const reason = text("error");
  if (value === null || !origin || reason === undefined) return undefined;
  const key = headerOf(headers, "key") ?? null;
  const own = Object.entries(headers ?? {})
    .flatMap(([name, value]) =>
      name.startsWith(HEADER) ? [[name.slice(HEADER.length), value]] : []
    );
  const record = {
    kind: "letter",
    at: Number(message.timestamp),
    origin,
    key,
    value,
    headers: Object.fromEntries(own) as IHeaders,
  } as const;
  const [timestamp, length, hash] = [text(TIMESTAMP), text(LENGTH), text(SHA256)];
  if (timestamp === undefined && !hash) return { ...record, ...oldMarker(reason, value) };
  return {
    ...record,
    reason,
    ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }),
    digest: (hash ?? sha256(value)).slice(0, DIGEST),
    ...(hash ? { cut: { length: Number(length), sha256: hash } } : {}),
  };
}

/** Digits of the digest: enough to distinguish two messages at the same place. */
const DIGEST = 16;

/** Letters from before 2026-12 say at the end of their reason that they were truncated. */
function oldMarker(reason: string, value: Buffer): Pick<LetterRecord, "reason" | "digest" | "cut"> {
  const digest = sha256(value).slice(0, DIGEST);
  const [marker, full, rest] = / \(cut from (\d+) to (\d+) bytes\)$/.exec(reason) ?? [];
  if (!marker || Number(rest) !== value.length) return { reason, digest };
  return { reason: reason.slice(0, -marker.length), digest, cut: { length: Number(full) } };
}

function sha256(value: Uint8Array): string {
  return createHash("sha256").update(value).digest("hex");
}
