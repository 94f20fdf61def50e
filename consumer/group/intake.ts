import type { Batch as KafkaBatch, Consumer, EachBatchPayload } from "kafkajs";
import { pause } from "../../shared/cli/backoff.ts";
import type { Type } from "../../shared/catalogue/events.ts";
import { letterBytes } from "../../shared/formats/letter_record.ts";
import type { DeadLetters } from "../landing/dead_letters.ts";
import { type Decoded, decoder } from "../batching/decode.ts";
import type { Generation } from "./generation.ts";
import { heartbeatWhile } from "./heartbeat.ts";
import type { Lag } from "./lag.ts";
import type { MemoryBudget } from "../batching/memory_budget.ts";
import { type PlainRow, plainRows } from "../batching/plain_rows.ts";
import { type Records, recordsOf } from "../../shared/kafka/record_batch.ts";
import { TRACEPARENT } from "../../shared/metrics/traces.ts";
import type { Report } from "../landing/report.ts";

/** What the intake needs. */
export interface IntakeParts {
  readonly consumer: Consumer;
  readonly memory: MemoryBudget;
  readonly deadLetters: DeadLetters;
  readonly report: Report;
  /** Told how far each partition is read. */
  readonly lag?: Lag;
  /** Whether batches are told in which traces their messages were sent. @default false */
  readonly traced?: boolean;
  /** The type of each topic. */
  readonly topics: ReadonlyMap<string, Type>;
  /**
   * How long a type may hold up the others while it waits for memory, in ms; then it is paused.
   * @default 1,000
   */
  readonly roomMs?: number;
}

/**
 * After this many failed attempts to read from a position, there are only markers up to the next
 * record.
 */
const SEEKS = 2;
const ROOM_MS = 1_000;

/** Takes what kafkajs has fetched into the generation's open batches. */
export class Intake {
  readonly #readers: ReadonlyMap<string, (record: Records) => Decoded | PlainRow>;
  #seeks = new Map<string, number>();

  constructor(private readonly parts: IntakeParts) {
    this.#readers = new Map([...parts.topics].map(([topic, type]) => [topic, readerOf(type)]));
  }

  /**
   * Takes one fetched batch of messages. Stops halfway when there is no memory for the type, or
   * when the generation ends: the rest is fetched again then.
   */
  async take(generation: Generation, payload: EachBatchPayload): Promise<void> {
    const { batch: { topic, partition, messages }, batch, resolveOffset } = payload;
    if (!this.#startsAtPosition(generation, batch)) return;
    const epoch = epochOf(messages.at(-1));
    if (epoch !== undefined) generation.reach(topic, partition, epoch);
    const tally = { messages: 0, bytes: 0 };
    try {
      if (!await this.#takeAll(generation, payload, tally)) return;
    } finally {
      this.parts.report.fetched(topic, tally.messages, tally.bytes);
    }
    const last = batch.lastOffset();
    resolveOffset(last);
    generation.passTo(topic, partition, Number(last) + 1);
    this.parts.lag?.read(topic, partition, messages[0], Number(last) + 1);
  }

  /** @returns whether all of it was taken */
  async #takeAll(
    generation: Generation,
    payload: EachBatchPayload,
    tally: { messages: number; bytes: number },
  ): Promise<boolean> {
    const { batch: { topic, partition, messages }, resolveOffset } = payload;
    const { memory, report, traced = false } = this.parts;
    const type = this.parts.topics.get(topic)!;
    const read = this.#readers.get(topic)!;
    const from = generation.position(topic, partition)!;
    let taken: number | undefined;
    const resolve = () => taken === undefined || resolveOffset(String(taken));
    for (const message of messages) {
      const records = recordsOf(message);
      // A producer sends a batch of records in one trace.
      let isLinked = !traced;
      while (records.next()) {
        const { offset } = records;
        // Brokers send whole batches, even if only their end was requested.
        if (offset < from) continue;
        if (memory.isFull(type)) {
          resolve();
          if (!await this.#roomFor(type, generation, payload)) return false;
        }
        if (generation.signal.aborted) return false;
        if (!isLinked) {
          const traceparent = traceparentOf(records);
          if (traceparent !== undefined) generation.link(type, traceparent);
          isLinked = true;
        }
        const decoded = read(records);
        report.taken(decoded);
        tally.messages++;
        tally.bytes += Math.max(0, records.valueEnd - records.valueAt);
        const sent = decoded.kind === "dead letter"
          ? this.#setAside(type, topic, partition, records.message(), decoded.reason)
          : undefined;
        generation.add(type, topic, partition, offset, decoded, sent);
        taken = offset;
      }
    }
    return true;
  }

  /**
   * Waits a little for memory for a type. If there is none, its partition is paused until there is,
   * and the other types continue.
   *
   * @returns whether there is room now
   */
  async #roomFor(type: Type, generation: Generation, payload: EachBatchPayload): Promise<boolean> {
    const { memory, consumer, roomMs = ROOM_MS } = this.parts;
    const { batch: { topic, partition }, heartbeat } = payload;
    const room = memory.room(type);
    await heartbeatWhile(Promise.race([room, pause(roomMs, generation.signal)]), heartbeat);
    if (!memory.isFull(type)) return true;
    const one = [{ topic, partitions: [partition] }];
    consumer.pause(one);
    room.then(() => {
      // In another generation it is recovery that decides where and when reading continues.
      if (!generation.signal.aborted) consumer.resume(one);
    });
    return false;
  }

  #setAside(
    type: Type,
    topic: string,
    partition: number,
    { key, value, offset, headers, timestamp }: KafkaBatch["messages"][number],
    reason: string,
  ): Promise<void> {
    const { memory, deadLetters, report } = this.parts;
    report.setAside(topic, reason);
    const from = { topic, partition, offset: Number(offset) };
    const letter = { ...from, key, value: value!, headers, timestamp, reason };
    const bytes = letterBytes(letter);
    memory.take(type, bytes);
    return deadLetters.send(letter).finally(() => memory.release(type, bytes));
  }

  /**
   * Whether the messages begin where the generation stands. They do not when kafkajs hands out what
   * it fetched for an earlier generation, or before it was sent elsewhere: then it is sent to the
   * right place. Where it always begins later, there are only transaction markers, or compaction
   * has removed what was there; an offset that the log does not hold is dealt with before
   * (relocate.ts).
   */
  #startsAtPosition(generation: Generation, batch: KafkaBatch): boolean {
    const { topic, partition } = batch;
    const position = generation.position(topic, partition);
    if (position === undefined) return false;
    const fetched = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const place = `${topic}/${partition}/${position}`;
    if (fetched === position) {
      this.#seeks.delete(place);
      return true;
    }
    const seeks = (this.#seeks.get(place) ?? 0) + 1;
    this.#seeks.set(place, seeks);
    if (fetched < position || seeks <= SEEKS) {
      this.parts.consumer.seek({ topic, partition, offset: String(position) });
      return false;
    }
    this.#seeks.delete(place);
    generation.passTo(topic, partition, fetched);
    return true;
  }
}

/** Returns the function that reads the records of a type. */
function readerOf(type: Type): (record: Records) => Decoded | PlainRow {
  const plain = plainRows(type);
  const decode = decoder(type);
  return ({ bytes, valueAt, valueEnd }) =>
    valueEnd === -1
      ? decode(null)
      : plain(bytes, valueAt, valueEnd) ?? decode(bytes.subarray(valueAt, valueEnd));
}

/** The trace in which a record was sent, if it names one. */
function traceparentOf(records: Records): string | undefined {
  const header = records.message().headers?.[TRACEPARENT];
  return header === undefined ? undefined : String(header);
}

/** The leader epoch of a record's batch; undefined where the broker has none (-1). */
function epochOf(message: KafkaBatch["messages"][number] | undefined): number | undefined {
  const { batchContext } = (message ?? {}) as { batchContext?: { partitionLeaderEpoch?: number } };
  const epoch = batchContext?.partitionLeaderEpoch ?? -1;
  return epoch < 0 ? undefined : epoch;
}
