import type { IHeaders } from "kafkajs";
import type { Buffer } from "node:buffer";
import { VarInts } from "./var_ints.ts";

/** What the records of one batch have in common. */
export interface BatchContext {
  readonly firstOffset: number;
  /** In ms since the epoch, should be: writers have been seen that count smaller units. */
  readonly firstTimestamp: bigint;
  /** The time at which the broker appended the batch, where that is what its records tell. */
  readonly appendedAt?: bigint;
  readonly partitionLeaderEpoch: number;
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
}

/**
 * A record of Kafka's format 2 as kafkajs' consumer knows a message. What it holds is read when it is
 * asked for: of most records that is the value alone, and a Buffer costs more than to find its place.
 *
 * Record: `length VARINT, attributes INT8, timestamp_delta VARLONG, offset_delta VARINT, key VARINT bytes,
 * value VARINT bytes, headers [VARINT string, VARINT bytes]`.
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export class LogRecord {
  readonly magicByte = 2;
  readonly attributes = 0;
  readonly #bytes: Buffer;
  readonly #timestampAt: number;
  readonly #offsetDelta: number;
  readonly #keyAt: number;
  readonly #keySize: number;
  readonly #valueAt: number;
  readonly #valueSize: number;

  /** @param reader stands at the record, behind its length */
  constructor(readonly batchContext: BatchContext, bytes: Buffer, reader: VarInts) {
    this.#bytes = bytes;
    reader.at += 1;
    this.#timestampAt = reader.at;
    reader.skip();
    this.#offsetDelta = reader.read();
    this.#keySize = reader.read();
    this.#keyAt = reader.at;
    reader.at += Math.max(0, this.#keySize);
    this.#valueSize = reader.read();
    this.#valueAt = reader.at;
  }

  get offset(): string {
    return String(this.batchContext.firstOffset + this.#offsetDelta);
  }

  get timestamp(): string {
    const { appendedAt, firstTimestamp } = this.batchContext;
    const delta = () => new VarInts(this.#bytes, this.#timestampAt).readBig();
    return String(appendedAt ?? firstTimestamp + delta());
  }

  get key(): Buffer | null {
    return bytesAt(this.#bytes, this.#keyAt, this.#keySize);
  }

  get value(): Buffer | null {
    return bytesAt(this.#bytes, this.#valueAt, this.#valueSize);
  }

  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch;
  }

  get headers(): IHeaders {
    const reader = new VarInts(this.#bytes, this.#valueAt + Math.max(0, this.#valueSize));
    const values = new Map<string, (Buffer | null)[]>();
    for (let count = reader.read(); count > 0; count--) {
      const name = String(this.#next(reader) ?? "null");
      const value = this.#next(reader);
      const others = values.get(name);
      if (others) others.push(value);
      else values.set(name, [value]);
    }
    return Object.fromEntries(
      [...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]),
    ) as IHeaders;
  }

  #next(reader: VarInts): Buffer | null {
    const size = reader.read();
    const value = bytesAt(this.#bytes, reader.at, size);
    reader.at += Math.max(0, size);
    return value;
  }
}

/** A null has the size -1. */
function bytesAt(bytes: Buffer, at: number, size: number): Buffer | null {
  return size < 0 ? null : bytes.subarray(at, at + size);
}
