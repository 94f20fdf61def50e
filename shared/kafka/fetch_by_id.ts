import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import type { Broker, FetchRequest, PartitionRequest } from "./cluster.ts";
import { abortedFilter, type AbortedTransaction } from "./aborted.ts";
import { type BatchedMessage, RecordBatch } from "./record_batch.ts";
import { decodeBatches } from "./records.ts";
import {
  exchange,
  type Reader,
  readTags,
  readUuid,
  skipTags,
  speaks,
  writeCompactArray,
  type Writer,
  writeUuid,
} from "./wire.ts";

const FETCH = 1;
const VERSION = 13;
/** How much later than its longest wait a response may arrive, in ms; kafkajs allows 100. */
const NETWORK_DELAY_MS = 10_000;

/** A broker's response for one partition, with the field names that kafkajs' consumer reads. */
export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  /** Empty: aborted batches are marked here, so kafkajs need not look for them. */
  readonly abortedTransactions: readonly never[];
  readonly preferredReadReplica: number;
  /** Whole batches; records of the formats before Kafka 0.11. */
  readonly messages: readonly (RecordBatch | BatchedMessage)[];
  /** Where the log diverges from the requested epoch, if it does. */
  readonly divergesAt?: number;
}

/**
 * A broker's response for one topic; a topic that occurs several times in the request has several.
 */
export interface FetchedTopic {
  readonly id: string | undefined;
  readonly partitions: readonly FetchedPartition[];
}

/** Whether the broker supports fetching by topic id. */
export function fetchesById(broker: Broker): boolean {
  return speaks(broker, FETCH, VERSION);
}

/** A partition, in its order in a request. */
export interface Turn extends PartitionRequest {
  readonly id: string;
  /** The leader epoch of the record before the offset; -1 if unknown. */
  readonly lastEpoch: number;
}

/**
 * Asks for records of topics by their ids, so that those of a topic that was deleted and recreated
 * under its name cannot be taken for the old one's: the broker answers UNKNOWN_TOPIC_ID or
 * INCONSISTENT_TOPIC_ID for the partition.
 *
 * Where the epoch of the record before the offset is known, the broker compares it with its log:
 * one that was truncated and has grown again is told by that, although it holds the offset
 * (KIP-595).
 *
 * Fetch v13 (KIP-516), flexible: request `replica_id INT32, max_wait_ms INT32, min_bytes INT32,
 * max_bytes INT32, isolation_level INT8, session_id INT32, session_epoch INT32, [topic_id UUID,
 * [partition INT32, current_leader_epoch INT32, fetch_offset INT64, last_fetched_epoch INT32,
 * log_start_offset INT64, partition_max_bytes INT32]], forgotten_topics [], rack_id
 * COMPACT_STRING`; response `throttle_time_ms INT32, error_code INT16, session_id INT32, [topic_id
 * UUID, [partition_index INT32, error_code INT16, high_watermark INT64, last_stable_offset INT64,
 * log_start_offset INT64, aborted_transactions [producer_id INT64, first_offset INT64],
 * preferred_read_replica INT32, records COMPACT_RECORDS]]`, and as a partition's tag 0
 * `diverging_epoch epoch INT32, end_offset INT64`.
 *
 * @throws kafkajs' errors of the connection, or of the request as a whole
 */
export async function fetchById(
  broker: Broker,
  request: FetchRequest,
  turns: readonly Turn[],
): Promise<FetchedTopic[]> {
  const { responses } = await exchange(broker, {
    apiKey: FETCH,
    apiName: "Fetch",
    apiVersion: VERSION,
    flexible: true,
    requestTimeout: request.maxWaitTime + NETWORK_DELAY_MS,
    write: (writer) => writeRequest(writer, request, turns),
    read: readAnswer,
  });
  return responses;
}

function writeRequest(writer: Writer, request: FetchRequest, turns: readonly Turn[]): void {
  writer.writeInt32(-1)
    .writeInt32(request.maxWaitTime)
    .writeInt32(request.minBytes)
    .writeInt32(request.maxBytes)
    .writeInt8(request.isolationLevel)
    // No fetch session, as kafkajs has none.
    .writeInt32(0)
    .writeInt32(-1);
  writeCompactArray(writer, turns, ({ id, partition, fetchOffset, lastEpoch, maxBytes }) => {
    writeUuid(writer, id);
    writer.writeUVarInt(2)
      .writeInt32(partition)
      .writeInt32(-1)
      .writeInt64(fetchOffset)
      .writeInt32(lastEpoch)
      .writeInt64(-1)
      .writeInt32(maxBytes)
      .writeInt8(0)
      .writeInt8(0);
  });
  writer.writeUVarInt(1).writeUVarIntString(request.rackId ?? "").writeInt8(0);
}

async function readAnswer(reader: Reader) {
  const clientSideThrottleTime = reader.readInt32();
  const errorCode = reader.readInt16();
  if (errorCode !== 0) throw createErrorFromCode(errorCode);
  reader.readInt32();
  const responses: FetchedTopic[] = [];
  for (let topics = reader.readUVarInt() - 1; topics > 0; topics--) {
    const id = readUuid(reader);
    const partitions: FetchedPartition[] = [];
    for (let count = reader.readUVarInt() - 1; count > 0; count--) {
      partitions.push(await readPartition(reader));
    }
    skipTags(reader);
    responses.push({ id, partitions });
  }
  // kafkajs' request queue reads the time from the answer, and keeps it (KIP-219).
  return { clientSideThrottleTime, responses };
}

async function readPartition(reader: Reader): Promise<FetchedPartition> {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const highWatermark = reader.readInt64().toString();
  const lastStableOffset = reader.readInt64().toString();
  const lastStartOffset = reader.readInt64().toString();
  const aborted = reader.readUVarIntArray(readAborted) ?? [];
  const preferredReadReplica = reader.readInt32();
  const messages = await readRecords(reader, aborted);
  let divergesAt: number | undefined;
  readTags(reader, (tag, reader) => {
    if (tag !== 0) return;
    reader.readInt32();
    divergesAt = Number(reader.readInt64());
  });
  return {
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    lastStartOffset,
    abortedTransactions: [],
    preferredReadReplica,
    messages,
    divergesAt,
  };
}

function readAborted(reader: Reader): AbortedTransaction {
  const aborted = {
    producerId: reader.readInt64().toString(),
    firstOffset: Number(reader.readInt64()),
  };
  skipTags(reader);
  return aborted;
}

async function readRecords(reader: Reader, aborted: readonly AbortedTransaction[]) {
  const size = reader.readUVarInt() - 1;
  if (size <= 0) return [];
  const isAborted = abortedFilter(aborted);
  const batches = await decodeBatches(reader.readBytes(size));
  return batches.flatMap((batch): readonly (RecordBatch | BatchedMessage)[] => {
    if (!(batch instanceof RecordBatch)) return batch.records;
    if (aborted.length > 0) batch.isControlRecord ||= isAborted(batch);
    return [batch];
  });
}
