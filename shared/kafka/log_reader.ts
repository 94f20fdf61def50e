import type { KafkaMessage } from "kafkajs";
import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import { retry } from "../cli/retry.ts";
import { abortedFilter } from "./aborted.ts";
import type { Cluster } from "./cluster.ts";
import { type FetchedLog, fetchLog, type LogRequest } from "./fetch_log.ts";

/** What is known about the offsets of a partition from `from` to `to`, exclusive. */
export interface Stretch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** The messages that every consumer gets, in the order of their offsets. */
  readonly messages: readonly KafkaMessage[];
  /** Offsets taken by transactions: their markers, and aborted records. */
  readonly markers: number;
  /** Why some of the offsets are empty: all of them deleted, or single ones compacted away. */
  readonly gone: "deleted" | "compacted" | undefined;
}

/** A part of a partition's log. */
export interface LogRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** Not with it. */
  readonly to: number;
}

const OFFSET_OUT_OF_RANGE = 1;
/** How often a fetch is attempted, as leaders move and connections break. */
const TRIES = 6;

/**
 * Reads a part of a partition's log, a fetch at a time: no more than one response is held. It needs
 * no consumer group and leaves no trace. It ends early, at the last stable offset, where a
 * transaction is open.
 *
 * @param options.firstOffset asks where the log begins now, when Kafka deletes what is being read
 * @param options.uncommitted also reads records of open transactions, and does not filter aborted
 * ones
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function* readLog(
  cluster: Cluster,
  { topic, partition, from, to }: LogRange,
  options: {
    firstOffset: () => Promise<number>;
    uncommitted?: boolean;
    signal?: AbortSignal;
  },
): AsyncGenerator<Stretch> {
  const { firstOffset, uncommitted, signal } = options;
  let empty = false;
  for (let next = from; next < to;) {
    const fetched = await fetchWithRetry(
      cluster,
      { topic, partition, offset: next, uncommitted },
      signal,
    );
    if (fetched.errorCode === OFFSET_OUT_OF_RANGE) {
      const low = Math.min(to, await firstOffset());
      // Past the log's end: the log has become shorter.
      if (low <= next) return;
      yield { partition, from: next, to: low, messages: [], markers: 0, gone: "deleted" };
      next = low;
      continue;
    }
    const limit = uncommitted ? fetched.highWatermark : fetched.lastStableOffset;
    const last = fetched.batches.at(-1);
    const end = Math.min(to, last?.end ?? limit);
    if (end <= next) return;
    // Compaction may have left nothing up to the end; a response may also be empty once for other
    // reasons.
    if (!last && !empty) {
      empty = true;
      continue;
    }
    empty = false;
    yield stretchOf(partition, next, end, fetched);
    next = end;
  }
}

/** Sorts the records of a fetch. */
function stretchOf(partition: number, from: number, to: number, fetched: FetchedLog): Stretch {
  const messages: KafkaMessage[] = [];
  let markers = 0;
  const isAborted = abortedFilter(fetched.aborted);
  for (const batch of fetched.batches) {
    const hidden = isAborted(batch) || batch.isMarker;
    for (const record of batch.records) {
      const offset = Number(record.offset);
      if (offset < from || offset >= to) continue;
      if (hidden) markers++;
      else messages.push(record);
    }
  }
  const gone = messages.length + markers < to - from ? "compacted" : undefined;
  return { partition, from, to, messages, markers, gone };
}

/** Fetches, retrying while the leader moves or does not respond. */
async function fetchWithRetry(
  cluster: Cluster,
  request: LogRequest,
  signal?: AbortSignal,
): Promise<FetchedLog> {
  let isStale = false;
  return await retry(async () => {
    if (isStale) await cluster.refreshMetadata().catch(() => {/* The fetch says why. */});
    isStale = true;
    const fetched = await fetchFromLeader(cluster, request, signal);
    const { errorCode } = fetched;
    if (errorCode === 0 || errorCode === OFFSET_OUT_OF_RANGE) return fetched;
    throw createErrorFromCode(errorCode);
  }, {
    maxAttempts: TRIES,
    base: 100,
    max: 2_000,
    signal,
    isRetriable: (error) => (error as { retriable?: boolean }).retriable !== false,
  });
}

async function fetchFromLeader(
  cluster: Cluster,
  request: LogRequest,
  signal?: AbortSignal,
): Promise<FetchedLog> {
  for (;;) {
    signal?.throwIfAborted();
    await cluster.addMultipleTargetTopics([request.topic]);
    const nodeId = cluster.findTopicPartitionMetadata(request.topic)
      .find(({ partitionId }) => partitionId === request.partition)?.leader;
    const fetched = await fetchLog(await cluster.findBroker({ nodeId: nodeId! }), request);
    // Undefined while a quota throttles us: kafkajs delays the next request.
    if (fetched) return fetched;
  }
}
