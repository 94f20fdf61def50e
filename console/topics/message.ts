import type { KafkaMessage } from "kafkajs";
import { Buffer } from "node:buffer";

/** Bytes of a message: as text where they are UTF-8, else in base64. */
export interface Content {
  /** How many there are, also where only the first are told. */
  readonly bytes: number;
  readonly text?: string;
  readonly base64?: string;
}

/** A message as the page is told of it. */
export interface Message {
  readonly partition: number;
  readonly offset: number;
  /** In ms since the epoch; some writers send what is no time. */
  readonly at: number;
  readonly key: Content | null;
  /** Null: a tombstone. */
  readonly value: Content | null;
  readonly headers: readonly (readonly [name: string, value: Content | null])[];
  /** Whether something of it is cut off. */
  readonly isCut: boolean;
}

/** How much of a message is told in a list. */
export interface Most {
  /** Bytes of the value. */
  readonly value: number;
  /** Bytes of the key, and of each header. */
  readonly key: number;
  readonly headers: number;
}

const LISTED: Most = { value: 4_096, key: 512, headers: 32 };
/** All of a message. */
export const WHOLE: Most = { value: Infinity, key: Infinity, headers: Infinity };

/** What the page is told of a message; by default what fits in a list. */
export function tellMessage(
  { offset, timestamp, key, value, headers = {} }: KafkaMessage,
  partition: number,
  most: Most = LISTED,
): Message {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, bytesOf(one)] as const)
  );
  const told = pairs.slice(0, most.headers);
  const isLong = (bytes: Uint8Array | null, most: number) => (bytes?.length ?? 0) > most;
  return {
    partition,
    offset: Number(offset),
    at: Number(timestamp),
    key: contentOf(key, most.key),
    value: contentOf(value, most.value),
    headers: told.map(([name, value]) => [name, contentOf(value, most.key)]),
    isCut: isLong(value, most.value) || isLong(key, most.key) || told.length < pairs.length ||
      told.some(([, value]) => isLong(value, most.key)),
  };
}

/** @param most so many bytes are told; a character that would be cut in half is left out */
function contentOf(bytes: Uint8Array | null, most: number): Content | null {
  if (bytes === null) return null;
  const told = bytes.subarray(0, most);
  const isCut = told.length < bytes.length;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { bytes: bytes.length, text: decoder.decode(told, { stream: isCut }) };
  } catch {
    return { bytes: bytes.length, base64: Buffer.from(told).toString("base64") };
  }
}

function bytesOf(value: Buffer | string | undefined | null): Uint8Array | null {
  return value === undefined || value === null
    ? null
    : typeof value === "string"
    ? Buffer.from(value)
    : value;
}
