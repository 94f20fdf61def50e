import type { KafkaMessage } from "kafkajs";
import type { PartitionCommit } from "../landing/commit.ts";
import type { PartitionStart } from "../landing/plan_state.ts";
import type { LogEnds } from "../../shared/kafka/log_ends.ts";
import { RecordBatch } from "../../shared/kafka/record_batch.ts";
import type { Metrics, Point } from "../../shared/metrics/metrics.ts";

/** What is known of a partition. */
interface Partition {
  readonly topic: string;
  readonly partition: number;
  committed: number;
  /** Up to where it was read. */
  read: number;
  /** The high watermark when Kafka was asked last; undefined before. */
  end?: number;
  /** Since when the committed offset was seen to be behind the log's end, in ms since the epoch. */
  behindSince?: number;
  /** Where fetches began, and how old their first message was: what is not committed, oldest first. */
  marks: { readonly offset: number; readonly timestamp: number }[];
}

/** So many fetches are remembered of a partition; of more every other is forgotten. */
const MAX_MARKS = 1_000;

/**
 * How far the group is behind in the partitions of this member, in offsets and in time. Told what is
 * read and committed, and from time to time where the logs end; it asks nobody.
 *
 * The age of the oldest message that is not landed is that of the message at the committed offset, to
 * a fetch. Where that one was not read yet, it is as old as it was seen to be there.
 */
export class Lag {
  #partitions = new Map<string, Partition>();
  #retention = new Map<string, number>();
  #begun = Promise.withResolvers<void>();

  /** @param now in ms since the epoch */
  constructor(private readonly group: string, private readonly now: () => number = Date.now) {}

  /** A generation begins, with these partitions. */
  begin(starts: readonly PartitionStart[]): void {
    this.#partitions = new Map(starts.map(({ topic, partition, position }) => [
      `${topic}/${partition}`,
      { topic, partition, committed: position, read: position, marks: [] },
    ]));
    this.#begun.resolve();
  }

  /** Resolves when the first generation begins. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** The generation is over. */
  end(): void {
    this.#partitions.clear();
  }

  /** A fetch was taken: it began with this message, and ended before that offset. */
  read(topic: string, partition: number, first: KafkaMessage | undefined, end: number): void {
    const state = this.#partitions.get(`${topic}/${partition}`);
    if (!state || !first) return;
    state.read = end;
    state.marks.push(markOf(first));
    if (state.marks.length > MAX_MARKS) state.marks = state.marks.filter((_, i) => i % 2 === 0);
    forget(state);
  }

  /** Offsets were committed. */
  committed(commits: readonly PartitionCommit[]): void {
    for (const { topic, partition, offset } of commits) {
      const state = this.#partitions.get(`${topic}/${partition}`);
      if (!state) continue;
      state.committed = offset;
      forget(state);
      this.#look(state);
    }
  }

  /** Kafka has told where the logs end. */
  ends(ends: readonly LogEnds[]): void {
    for (const { topic, partition, high } of ends) {
      const state = this.#partitions.get(`${topic}/${partition}`);
      if (!state) continue;
      state.end = high;
      this.#look(state);
    }
  }

  /** How long a topic keeps its messages, in ms; undefined: for ever, or nobody knows. */
  retention(topic: string, ms: number | undefined): void {
    if (ms === undefined) this.#retention.delete(topic);
    else this.#retention.set(topic, ms);
  }

  /** Has the metrics tell all of it. */
  observe(metrics: Metrics): void {
    const points = (read: (state: Partition) => number | undefined) => (): Point[] =>
      [...this.#partitions.values()].flatMap((state) => {
        const value = read(state);
        if (value === undefined) return [];
        const { topic, partition } = state;
        return [{ attributes: { group: this.group, topic, partition }, value }];
      });
    metrics.observe("kafka.consumer_group.lag", points(offsetsBehind));
    metrics.observe(
      "automotive.consumer_group.lag_time",
      points((state) => this.#secondsBehind(state)),
    );
    metrics.observe(
      "automotive.consumer_group.retention_margin",
      points((state) => {
        const retention = this.#retention.get(state.topic);
        const behind = this.#secondsBehind(state);
        return retention === undefined || behind === undefined
          ? undefined
          : retention / 1000 - behind;
      }),
    );
  }

  #look(state: Partition): void {
    if (offsetsBehind(state)) state.behindSince ??= this.now();
    else state.behindSince = undefined;
  }

  #secondsBehind(state: Partition): number | undefined {
    const behind = offsetsBehind(state);
    if (behind === undefined || behind === 0) return behind;
    const { committed, read, marks, behindSince } = state;
    const oldest = committed < read ? marks[0]?.timestamp : behindSince;
    return oldest === undefined ? undefined : Math.max(0, this.now() - oldest) / 1000;
  }
}

/** What was read may be ahead of what Kafka has told of the log's end. */
function offsetsBehind({ end, committed, read }: Partition): number | undefined {
  return end === undefined ? undefined : Math.max(end, read, committed) - committed;
}

/** Drops the marks before the one that covers the committed offset. */
function forget({ marks, committed }: Partition): void {
  const next = marks.findIndex(({ offset }) => offset > committed);
  const kept = (next === -1 ? marks.length : next) - 1;
  if (kept > 0) marks.splice(0, kept);
}

function markOf(first: KafkaMessage | RecordBatch): Partition["marks"][number] {
  if (!(first instanceof RecordBatch)) {
    return { offset: Number(first.offset), timestamp: Number(first.timestamp) };
  }
  const { firstOffset: offset, appendedAt, firstTimestamp } = first.batchContext;
  return { offset, timestamp: Number(appendedAt ?? firstTimestamp) };
}
