import type { Message } from "kafkajs";
import { type Type, types } from "../../shared/catalogue/events.ts";
import type { ReadMessage } from "../../shared/kafka/topic_reader.ts";
import { RULES } from "../simulation/business.ts";
import type { Stretch } from "../simulation/timeline.ts";
import type { FaultRates } from "../publishing/event_faults.ts";

/** What all of a world is dated by: the calendar of its prices. In microseconds. */
export interface Calendar {
  readonly start: number;
  readonly step: number;
}

/** From a round on, events have faults on purpose. */
export interface FaultStretch {
  /** The first round. */
  readonly round: number;
  readonly rates: FaultRates;
}

/** A run claims systems of the world. */
export interface Begin {
  readonly kind: "begin";
  readonly run: string;
  /** Those of the business that it publishes. */
  readonly rules: number;
  readonly calendar: Calendar;
  /** When the rounds of each of its systems are, all of them from the first one on. */
  readonly stretches: Partial<Record<Type, readonly Stretch[]>>;
  /** Which faults they have, all of them from the first one on. */
  readonly faults?: Partial<Record<Type, readonly FaultStretch[]>>;
  /** The round that each begins with. */
  readonly next: Partial<Record<Type, number>>;
  /** How far it had read the topic when it found the systems free. */
  readonly after: number;
}

/** A run records its progress at intervals: as long as it does, it is alive. */
export interface Mark {
  readonly kind: "mark";
  readonly run: string;
  readonly next: Partial<Record<Type, number>>;
  /** Up to which offset it had written each partition, by topic. */
  readonly ends: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** It has ended, and all of what it has begun is published. */
  readonly isOver: boolean;
}

/** What is known of the publishing of one system. */
export interface Progress {
  readonly run: string;
  /** All rounds before are published. */
  readonly next: number;
  readonly stretches: readonly Stretch[];
  readonly faults: readonly FaultStretch[];
  readonly isOver: boolean;
  readonly ends: Mark["ends"];
  /** Where the run's first record stands, and the one that says how far it is. */
  readonly begun: number;
  readonly offset: number;
}

/** What a world's topic records. */
export interface WorldLog {
  readonly calendar?: Calendar;
  readonly progress: ReadonlyMap<Type, Progress>;
  /**
   * The topic holds foreign records, or those of a business with other rules: not a world to
   * continue.
   */
  readonly isForeign: boolean;
  /** The offset after what was read. */
  readonly end: number;
}

/** A record as a message. The last one of each key stays in the topic. */
export function recordOf(record: Begin | Mark): Message {
  const systems = Object.keys(record.next).join();
  return { partition: 0, key: `${record.kind} ${systems}`, value: JSON.stringify(record) };
}

/** Reads the records of a world, including those that were read before. */
export function readLog(messages: readonly ReadMessage[], before?: WorldLog): WorldLog {
  const progress = new Map(before?.progress);
  let { calendar, isForeign = false, end = 0 } = before ?? {};
  for (const { message } of messages) {
    const offset = Number(message.offset);
    end = Math.max(end, offset + 1);
    const record = parse(message.value);
    if (!record) {
      isForeign = true;
      continue;
    }
    const systems = types.filter((type) => record.next[type] !== undefined);
    if (record.kind === "begin") {
      calendar ??= record.calendar;
      // Of two runs that found a system free, the first record wins.
      const isLate = systems.some((type) => {
        const known = progress.get(type);
        return known && known.run !== record.run && known.begun >= record.after;
      });
      if (isLate) continue;
    }
    for (const type of systems) {
      const known = progress.get(type);
      const next = Math.max(record.next[type]!, known?.next ?? 0);
      const { run } = record;
      if (record.kind === "begin") {
        const stretches = record.stretches[type] ?? [];
        const faults = record.faults?.[type] ?? [];
        const { begun = offset, ends = {} } = known?.run === run ? known : { ends: known?.ends };
        progress.set(type, { run, next, stretches, faults, isOver: false, ends, begun, offset });
      } else if (known?.run === run) {
        const { isOver, ends } = record;
        progress.set(type, { ...known, next, isOver, ends, offset });
      }
    }
  }
  return { calendar, progress, isForeign, end };
}

function parse(value: Uint8Array | null): Begin | Mark | undefined {
  try {
    const record = JSON.parse(new TextDecoder().decode(value ?? undefined));
    const isOurs = (record?.kind === "begin" || record?.kind === "mark") &&
      typeof record.run === "string" && typeof record.next === "object" && record.next !== null;
    return isOurs && (record.kind === "mark" || record.rules === RULES) ? record : undefined;
  } catch {
    return undefined;
  }
}
