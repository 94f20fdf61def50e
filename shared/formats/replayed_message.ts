import type { IHeaders, Message } from "kafkajs";
import type { Buffer } from "node:buffer";
import { headerBytes, headerOf, sendable } from "./headers.ts";
import type { LetterRecord } from "./letter_record.ts";
import { formatPlace } from "./place.ts";

/** A message as it was before it became a letter. */
export interface Original {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: IHeaders;
  /** The record's time, in ms since the epoch; undefined if the letter does not say. */
  readonly timestamp?: number;
}

/** The parts of a message that is sent back. */
export interface ReplayedMessage {
  readonly letter: Pick<LetterRecord, "origin" | "cut"> & { readonly attempts: number };
  readonly original: Original;
  /** Whether the record keeps its original timestamp; otherwise a header holds it. */
  readonly keepsTime: boolean;
}

const FROM = "replayed_from";
const ATTEMPT = "replay_attempt";
const TIMESTAMP = "original.timestamp";

/**
 * The message as it was, with headers that say that it comes back; without them where it is so
 * large that it was cut for the want of room for headers.
 */
export function toMessage({ letter, original, keepsTime }: ReplayedMessage): Message {
  const { key, value } = original;
  const time = timeOf(original);
  const ours: IHeaders = {
    [FROM]: formatPlace(letter.origin),
    [ATTEMPT]: String(letter.attempts + 1),
    ...(keepsTime || time === undefined ? {} : { [TIMESTAMP]: String(time) }),
  };
  return {
    key,
    value,
    headers: { ...sendable(ownHeaders(original)), ...(letter.cut ? {} : ours) },
    timestamp: String(keepsTime ? time : Date.now()),
  };
}

/**
 * When a message was first published, in ms since the epoch, however often it was replayed since.
 */
export function timeOf({ headers, timestamp }: Original): number | undefined {
  const kept = FROM in headers ? headerOf(headers, TIMESTAMP) : undefined;
  return kept ? Number(kept) : timestamp;
}

/** Approximate size of a message that is sent back, in bytes. */
export function originalBytes({ key, value, headers }: Original): number {
  return (key?.length ?? 0) + value.length + headerBytes(headers);
}

/** The headers that the message had before any replay. */
function ownHeaders({ headers }: Original): IHeaders {
  if (!(FROM in headers)) return headers;
  const { [FROM]: _from, [ATTEMPT]: _attempt, [TIMESTAMP]: _time, ...own } = headers;
  return own;
}
