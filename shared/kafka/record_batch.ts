import type { IHeaders, KafkaMessage } from "kafkajs";
import type { Buffer } from "node:buffer";
import { VarInts } from "./var_ints.ts";

/** A message as kafkajs decodes it; those of the formats before Kafka 0.11 have no batch. */
export type BatchedMessage = KafkaMessage & {
  readonly batchContext?: { readonly partitionLeaderEpoch: number };
};

/** The header of a record batch. */
export interface BatchHeader {
  readonly firstOffset: number;
  /** The offset after its last record, which compaction may have removed. */
  readonly end: number;
  readonly count: number;
  /** Nominally ms since the epoch; some writers send nanoseconds, which a double cannot hold. */
  readonly firstTimestamp: bigint;
  /** The time when the broker appended the batch, if the topic uses LogAppendTime. */
  readonly appendedAt?: bigint;
  readonly partitionLeaderEpoch: number;
  readonly producerId: string;
  readonly inTransaction: boolean;
  /** Whether it is the marker that ends a transaction, not a message. */
  readonly isMarker: boolean;
}

/** A cursor over records. */
export interface Records {
  /**
   * Moves to the next record; false at the end.
   *
   * @throws {RangeError} when it ends after its batch
   */
  next(): boolean;
  readonly offset: number;
  /** Holds the value between `valueAt` and `valueEnd`, which is -1 for a tombstone. */
  readonly bytes: Uint8Array;
  readonly valueAt: number;
  readonly valueEnd: number;
  /** The record as kafkajs gives it. */
  message(): BatchedMessage;
}

/**
 * A record batch of format 2. kafkajs' consumer takes it for one message at its last offset: its
 * own object for each record is most of what kafkajs costs.
 */
export class RecordBatch {
  readonly offset: string;
  readonly batchContext: BatchHeader;
  /** Whether a consumer must not see its records: a marker, or aborted. kafkajs skips it then. */
  isControlRecord: boolean;

  /** @param bytes the records, decompressed */
  constructor(header: BatchHeader, private readonly bytes: Buffer) {
    this.offset = String(header.end - 1);
    this.batchContext = header;
    this.isControlRecord = header.isMarker;
  }

  /** The offset after its last record. */
  get end(): number {
    return this.batchContext.end;
  }

  /** Whether it ends a transaction and holds no records. */
  get isMarker(): boolean {
    return this.batchContext.isMarker;
  }

  /** Whether its records belong to a transaction. */
  get inTransaction(): boolean {
    return this.batchContext.inTransaction;
  }

  /** Who wrote it. */
  get producerId(): string {
    return this.batchContext.producerId;
  }

  /** A cursor before the first record. */
  read(): Records {
    return new RecordReader(this.batchContext, this.bytes);
  }

  /** All of them. */
  get records(): BatchedMessage[] {
    const reader = this.read();
    const all: BatchedMessage[] = [];
    while (reader.next()) all.push(reader.message());
    return all;
  }
}

/**
 * The records in what a consumer with hooked fetches gets as a message: a batch, or a single
 * record.
 */
export function recordsOf(message: KafkaMessage | RecordBatch): Records {
  return message instanceof RecordBatch ? message.read() : new OneRecord(message);
}

/** A single record: of an old format, or from a batch that kafkajs has decoded. */
class OneRecord implements Records {
  readonly bytes: Uint8Array;
  readonly valueAt = 0;
  readonly valueEnd: number;
  #isRead = false;

  constructor(private readonly one: KafkaMessage) {
    this.bytes = one.value ?? new Uint8Array();
    this.valueEnd = one.value ? one.value.length : -1;
  }

  get offset(): number {
    return Number(this.one.offset);
  }

  next(): boolean {
    const isFirst = !this.#isRead;
    this.#isRead = true;
    return isFirst;
  }

  message(): BatchedMessage {
    return this.one;
  }
}

/**
 * Reads the records of a batch: `length VARINT, attributes INT8, timestamp_delta VARLONG,
 * offset_delta VARINT, key VARINT bytes, value VARINT bytes, headers [VARINT string, VARINT
 * bytes]`.
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
class RecordReader implements Records {
  offset = -1;
  valueAt = 0;
  valueEnd = -1;
  #left: number;
  #at = 0;
  #end = 0;
  readonly #ints: VarInts;

  constructor(private readonly header: BatchHeader, readonly bytes: Buffer) {
    this.#left = header.count;
    this.#ints = new VarInts(bytes, 0);
  }

  next(): boolean {
    if (this.#left-- <= 0) return false;
    const ints = this.#ints;
    ints.at = this.#end;
    const size = ints.read();
    this.#at = ints.at;
    this.#end = ints.at + size;
    if (!(this.#end <= this.bytes.length)) throw new RangeError("a record ends after its batch");
    ints.at++;
    ints.skip();
    this.offset = this.header.firstOffset + ints.read();
    const keySize = ints.read();
    if (keySize > 0) ints.at += keySize;
    const valueSize = ints.read();
    this.valueAt = ints.at;
    // A null has the size -1.
    this.valueEnd = valueSize < 0 ? -1 : ints.at + valueSize;
    return true;
  }

  message(): BatchedMessage {
    const { header: { appendedAt, firstTimestamp }, header: batchContext } = this;
    const ints = new VarInts(this.bytes, this.#at + 1);
    const timestampDelta = ints.readBig();
    ints.read();
    const key = this.#next(ints);
    const value = this.#next(ints);
    return {
      attributes: 0,
      timestamp: String(appendedAt ?? firstTimestamp + timestampDelta),
      offset: String(this.offset),
      key,
      value,
      headers: this.#headers(ints),
      batchContext,
    };
  }

  #headers(ints: VarInts): IHeaders {
    const values = new Map<string, (Buffer | null)[]>();
    for (let count = ints.read(); count > 0; count--) {
      const name = String(this.#next(ints));
      const value = this.#next(ints);
      const others = values.get(name);
      if (others) others.push(value);
      else values.set(name, [value]);
    }
    return Object.fromEntries(
      [...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]),
    ) as IHeaders;
  }

  #next(ints: VarInts): Buffer | null {
    const size = ints.read();
    if (size < 0) return null;
    ints.at += size;
    return this.bytes.subarray(ints.at - size, ints.at);
  }
}
