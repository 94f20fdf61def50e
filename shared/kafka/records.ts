import type { KafkaMessage } from "kafkajs";
import Decoder from "kafkajs/src/protocol/decoder.js";
import MessageSetDecoder from "kafkajs/src/protocol/messageSet/decoder.js";
import RecordBatchDecoder from "kafkajs/src/protocol/recordBatch/v0/decoder.js";

/** A message as kafkajs decodes it; those of the formats before Kafka 0.11 have no batch. */
export type BatchedMessage = KafkaMessage & {
  readonly batchContext?: { readonly partitionLeaderEpoch: number };
};

/** Records that were written together, as a log holds them. */
export interface RecordBatch {
  /** The offset behind its last one, which compaction may have removed. */
  readonly end: number;
  readonly records: readonly BatchedMessage[];
  /** Whether it is the marker that ends a transaction: no message of anybody's. */
  readonly isMarker: boolean;
  readonly inTransaction: boolean;
  readonly producerId: string;
}

/** Where the version of the record format stands, in all of them. */
const MAGIC_OFFSET = 16;
const RECORD_BATCH_MAGIC = 2;
/** No batch is shorter. What is left at the end is one that was cut off by the limit of bytes. */
const RECORD_BATCH_OVERHEAD = 49;

/** Reads the records of a fetch's answer for one partition. */
export async function decodeBatches(bytes: Buffer): Promise<RecordBatch[]> {
  if (bytes.length <= MAGIC_OFFSET) return [];
  const decoder = new Decoder(bytes);
  if (bytes[MAGIC_OFFSET] !== RECORD_BATCH_MAGIC) return messageSet(decoder, bytes.length);
  const batches: RecordBatch[] = [];
  while (decoder.canReadBytes(RECORD_BATCH_OVERHEAD)) {
    try {
      const batch = await RecordBatchDecoder(decoder);
      batches.push({
        end: Number(batch.firstOffset) + batch.lastOffsetDelta + 1,
        records: batch.records,
        isMarker: batch.isControlBatch,
        inTransaction: batch.inTransaction,
        producerId: batch.producerId,
      });
    } catch (error) {
      if ((error as Error).name === "KafkaJSPartialMessageError") break;
      throw error;
    }
  }
  return batches;
}

/** The formats before Kafka 0.11, which know neither transactions nor batches. */
async function messageSet(decoder: InstanceType<typeof Decoder>, size: number) {
  const records: BatchedMessage[] = await MessageSetDecoder(decoder, size);
  return records.map((record): RecordBatch => ({
    end: Number(record.offset) + 1,
    records: [record],
    isMarker: false,
    inTransaction: false,
    producerId: "-1",
  }));
}
