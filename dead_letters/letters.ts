import { type Type, typeOfTopic } from "../shared/catalogue/events.ts";
import type { LetterRecord } from "../shared/formats/letter_record.ts";
import { formatPlace } from "../shared/formats/place.ts";
import { identityOf, type ReplayRecord } from "../shared/formats/replay_record.ts";

/** A dead letter, and what became of it. */
export interface Letter extends LetterRecord {
  /** The partition of the dead letter topic that holds it. */
  readonly letterPartition: number;
  /** How often the message had been replayed before it became this letter. */
  readonly attempts: number;
  /** The replay that sent it back, if one has. */
  readonly replay?: ReplayRecord;
}

/** Which letters to choose; absent fields match all. */
export interface Filter {
  readonly types?: readonly Type[];
  /** A part of the reason, case-insensitive. */
  readonly reason?: string;
  /** As `topic/partition/offset`. */
  readonly origins?: readonly string[];
}

/** A record, and the partition of the dead letter topic that holds it. */
export type StoredRecord = (LetterRecord | ReplayRecord) & { readonly letterPartition: number };

/**
 * The letters among the records of the dead letter topic, oldest first, those of a partition in the
 * order of their offsets. The consumer sets aside at
 * least once: repeats of one origin are one letter.
 */
export function gatherLetters(records: readonly StoredRecord[]): Letter[] {
  const replays = new Map<string, ReplayRecord>();
  const attempts = new Map<string, number>();
  const letters = new Map<string, LetterRecord & { letterPartition: number }>();
  for (const record of records) {
    const identity = identityOf(record);
    if (record.kind === "replay") {
      replays.set(identity, record);
      attempts.set(formatPlace(record.to), record.attempt);
    } else {
      const known = letters.get(identity);
      if (!known || record.at < known.at) letters.set(identity, record);
    }
  }
  return oldestFirst(
    [...letters].map(([identity, letter]) => ({
      ...letter,
      attempts: attempts.get(formatPlace(letter.origin)) ?? 0,
      replay: replays.get(identity),
    })),
  );
}

/**
 * By the time at which they were set aside, but those of one partition in the order of their
 * offsets: a letter that was sent twice may have a later time than those after it.
 */
function oldestFirst(letters: Letter[]): Letter[] {
  const reached = new Map<string, number>();
  const times = new Map<Letter, number>();
  for (const letter of letters.sort(compareOrigins)) {
    const { topic, partition } = letter.origin;
    const time = Math.max(letter.at, reached.get(`${topic}/${partition}`) ?? 0);
    reached.set(`${topic}/${partition}`, time);
    times.set(letter, time);
  }
  return letters.sort((a, b) => times.get(a)! - times.get(b)! || compareOrigins(a, b));
}

/** The event type whose topic the letter came from; undefined if it is not one of ours. */
export function typeOf({ origin }: Pick<Letter, "origin">, topicPrefix: string): Type | undefined {
  return typeOfTopic(origin.topic, topicPrefix);
}

/** Why a message became a dead letter, as displayed: also how much of its value is missing. */
export function reasonOf({ reason, cut, value }: Letter): string {
  return cut ? `${reason} (truncated from ${cut.length} to ${value.length} bytes)` : reason;
}

/** Whether a letter is one of those that a filter chooses. */
export function matches(letter: Letter, filter: Filter, topicPrefix: string): boolean {
  const type = typeOf(letter, topicPrefix);
  if (filter.types && !(type && filter.types.includes(type))) return false;
  if (filter.origins && !filter.origins.includes(formatPlace(letter.origin))) return false;
  return reasonOf(letter).toLowerCase().includes(filter.reason?.toLowerCase() ?? "");
}

function compareOrigins({ origin: a }: Letter, { origin: b }: Letter): number {
  return a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset;
}
