import type { LogBatch } from "./records.ts";

/** A transaction that was aborted, and the offset at which it began in a partition. */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: number;
}

/** The key of a marker that aborts its transaction: version 0, type 0. */
const ABORT = "0,0,0,0";

/**
 * Whether a batch belongs to an aborted transaction; call it for each batch in log order.
 *
 * Source: Kafka's own consumer, CompletedFetch.java.
 *
 * @param aborted those that the broker returned with the batches
 */
export function abortedFilter(
  aborted: readonly AbortedTransaction[],
): (batch: LogBatch) => boolean {
  const coming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<string>();
  return (batch) => {
    const { end, producerId, inTransaction, isMarker } = batch;
    while (coming.length > 0 && coming[0]!.firstOffset < end) open.add(coming.shift()!.producerId);
    if (isMarker) {
      if (batch.records[0]?.key?.join() === ABORT) open.delete(producerId);
      return false;
    }
    return inTransaction && open.has(producerId);
  };
}
