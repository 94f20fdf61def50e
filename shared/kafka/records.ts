import type { Buffer } from "node:buffer";
import Decoder from "kafkajs/src/protocol/decoder.js";
import { lookupCodecByAttributes } from "kafkajs/src/protocol/message/compression/index.js";
import MessageSetDecoder from "kafkajs/src/protocol/messageSet/decoder.js";
import type { Codec } from "./codecs/codecs.ts";
import { type BatchedMessage, type BatchHeader, RecordBatch } from "./record_batch.ts";

/**
 * Records that were written together, as a log holds them; a single one in the formats before 2.
 */
export interface LogBatch {
  /** The offset after its last one, which compaction may have removed. */
  readonly end: number;
  readonly records: readonly BatchedMessage[];
  /** Whether it is the marker that ends a transaction, not a message. */
  readonly isMarker: boolean;
  readonly inTransaction: boolean;
  readonly producerId: string;
}

/** The position of the format version, which is the same in all formats. */
const MAGIC_OFFSET = 16;
const RECORD_BATCH_MAGIC = 2;
/**
 * Where the records of a batch begin; before it stand its offset and its length, which count from
 * there.
 */
const HEADER = 61;
const LENGTH_FROM = 12;
/** The bits of a batch's attributes. */
const [COMPRESSION, APPEND_TIME, TRANSACTIONAL, CONTROL] = [0x07, 0x08, 0x10, 0x20];

/** Reads the record batches of a fetch response for one partition. */
export async function decodeBatches(bytes: Buffer): Promise<(LogBatch | RecordBatch)[]> {
  if (bytes.length <= MAGIC_OFFSET) return [];
  if (bytes[MAGIC_OFFSET] !== RECORD_BATCH_MAGIC) {
    return messageSet(new Decoder(bytes), bytes.length);
  }
  const batches: RecordBatch[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const end = at + LENGTH_FROM + bytes.readInt32BE(at + 8);
    // The rest is a batch that was cut off by the byte limit.
    if (end > bytes.length) break;
    batches.push(await decodeBatch(bytes.subarray(at, end)));
    at = end;
  }
  return batches;
}

/**
 * Reads a batch of format 2: `base_offset INT64, length INT32, partition_leader_epoch INT32, magic
 * INT8, crc INT32, attributes INT16, last_offset_delta INT32, base_timestamp INT64, max_timestamp
 * INT64, producer_id INT64, producer_epoch INT16, base_sequence INT32, [record]`. Decoded here, as
 * kafkajs makes five objects and three big integers of each record.
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
async function decodeBatch(bytes: Buffer): Promise<RecordBatch> {
  const attributes = bytes.readInt16BE(21);
  const firstOffset = Number(bytes.readBigInt64BE(0));
  const header: BatchHeader = {
    firstOffset,
    end: firstOffset + bytes.readInt32BE(23) + 1,
    count: bytes.readInt32BE(57),
    partitionLeaderEpoch: bytes.readInt32BE(12),
    firstTimestamp: bytes.readBigInt64BE(27),
    appendedAt: attributes & APPEND_TIME ? bytes.readBigInt64BE(35) : undefined,
    producerId: String(bytes.readBigInt64BE(43)),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    isMarker: (attributes & CONTROL) !== 0,
  };
  const packed = bytes.subarray(HEADER);
  const codec: Codec | null = attributes & COMPRESSION ? lookupCodecByAttributes(attributes) : null;
  const isPacked = codec !== null && header.count > 0;
  return new RecordBatch(header, isPacked ? await codec.decompress(packed) : packed);
}

/** The formats before Kafka 0.11, without transactions and batches. */
async function messageSet(decoder: InstanceType<typeof Decoder>, size: number) {
  const records: BatchedMessage[] = await MessageSetDecoder(decoder, size);
  return records.map((record): LogBatch => ({
    end: Number(record.offset) + 1,
    records: [record],
    isMarker: false,
    inTransaction: false,
    producerId: "-1",
  }));
}
