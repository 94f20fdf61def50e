import type { LogEnds } from "../../shared/kafka/log_ends.ts";

/** Where reading a partition continues. */
export interface Location {
  readonly position: number;
  /**
   * One line that says what is skipped or read again, with the offsets; undefined if nothing is.
   */
  readonly warning?: string;
}

/**
 * Finds where to read on in a log that may no longer hold the position: retention has passed it, or
 * the log was truncated. Where a truncated log's new records begin follows from the end of the
 * epoch of the last record that was read (KIP-320), as the leader knows it; if unknown, it is read
 * from its start: rather a reported repeat than a loss.
 *
 * @param position the next offset to read
 * @param endOfEpoch the offset after the last record of the epoch of the record before the
 * position, on
 *   the log as it is now; undefined where it cannot be told
 */
export function locate(
  { topic, partition, low, high }: LogEnds,
  position: number,
  endOfEpoch: number | undefined,
): Location {
  const name = `${topic}/${partition}`;
  const diverged = endOfEpoch !== undefined && endOfEpoch < position ? endOfEpoch : undefined;
  if (position > high || diverged !== undefined) {
    const start = Math.max(low, diverged ?? low);
    const until = diverged === undefined
      ? `rereading it from its start (offset ${start}), so events that had landed will land again`
      : `reading on from offset ${start}, where its records diverge from those that were read`;
    return {
      position: start,
      warning:
        `${name} was truncated by its brokers: it ends at offset ${high}, and the position was ${position}; ${until}`,
    };
  }
  if (position < low) {
    return {
      position: low,
      warning: `${
        low - position
      } events of ${name} were deleted by Kafka's retention before they were read (offsets ${position} to ${
        low - 1
      })`,
    };
  }
  return { position };
}
