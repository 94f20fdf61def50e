import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import type { Broker } from "./cluster.ts";
import type { AbortedTransaction } from "./aborted.ts";
import { decodeBatches, type LogBatch } from "./records.ts";
import { exchange, type Reader } from "./wire.ts";

const FETCH = 1;
const VERSION = 10;

/** A fetch request for one partition. */
export interface LogRequest {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Whether to include records of open and aborted transactions. */
  readonly uncommitted?: boolean;
}

/** A broker's response for one partition. */
export interface FetchedLog {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  /** Transactions that were aborted, by the offsets at which they began in this partition. */
  readonly aborted: readonly AbortedTransaction[];
  readonly batches: readonly LogBatch[];
}

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
/** How long the broker may wait for new records, in ms. */
const MAX_WAIT_MS = 200;
/** The most bytes of a response, compressed; it holds at least one batch. */
const MAX_BYTES = 1024 * 1024;

/**
 * Fetches a part of one partition's log as stored: whole batches, with the markers of
 * transactions, which kafkajs hides.
 *
 * Fetch v10, the first that returns zstd: request `replica_id INT32, max_wait_ms INT32, min_bytes
 * INT32, max_bytes INT32, isolation_level INT8, session_id INT32, session_epoch INT32, [topic
 * STRING, [partition INT32, current_leader_epoch INT32, fetch_offset INT64, log_start_offset INT64,
 * partition_max_bytes INT32]], forgotten_topics []`; response `throttle_time_ms INT32, error_code
 * INT16, session_id INT32, [topic STRING, [partition INT32, error_code INT16, high_watermark INT64,
 * last_stable_offset INT64, log_start_offset INT64, aborted_transactions [producer_id INT64,
 * first_offset INT64], records RECORDS]]`.
 *
 * @returns undefined if the broker returned nothing because of a quota; the next request waits for
 * it
 * @throws kafkajs' errors of the connection, or of the request as a whole
 */
export async function fetchLog(
  broker: Broker,
  request: LogRequest,
): Promise<FetchedLog | undefined> {
  const { log } = await exchange(broker, {
    apiKey: FETCH,
    apiName: "Fetch",
    apiVersion: VERSION,
    flexible: false,
    write(writer) {
      writer.writeInt32(-1)
        .writeInt32(MAX_WAIT_MS)
        .writeInt32(1)
        .writeInt32(MAX_BYTES)
        .writeInt8(request.uncommitted ? READ_UNCOMMITTED : READ_COMMITTED)
        // No fetch session.
        .writeInt32(0)
        .writeInt32(-1)
        .writeInt32(1)
        .writeString(request.topic)
        .writeInt32(1)
        .writeInt32(request.partition)
        .writeInt32(-1)
        .writeInt64(String(request.offset))
        .writeInt64(-1)
        .writeInt32(MAX_BYTES)
        .writeInt32(0);
    },
    read: readAnswer,
  });
  return log;
}

async function readAnswer(reader: Reader) {
  const clientSideThrottleTime = reader.readInt32();
  const errorCode = reader.readInt16();
  if (errorCode !== 0) throw createErrorFromCode(errorCode);
  reader.readInt32();
  if (reader.readInt32() === 0) return { clientSideThrottleTime, log: undefined };
  reader.readString();
  reader.readInt32();
  reader.readInt32();
  const partitionError = reader.readInt16();
  const highWatermark = Number(reader.readInt64());
  const lastStableOffset = Number(reader.readInt64());
  reader.readInt64();
  const aborted = reader.readArray(readAborted) ?? [];
  const size = reader.readInt32();
  const batches = size > 0 ? await decodeBatches(reader.readBytes(size)) : [];
  const log = { errorCode: partitionError, highWatermark, lastStableOffset, aborted, batches };
  // kafkajs' request queue reads the time from the answer, and keeps it (KIP-219).
  return { clientSideThrottleTime, log };
}

function readAborted(reader: Reader): AbortedTransaction {
  return {
    producerId: reader.readInt64().toString(),
    firstOffset: Number(reader.readInt64()),
  };
}
