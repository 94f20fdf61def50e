import type { Type } from "../../shared/catalogue/events.ts";
import { Batch, type BatchPolicy, type CutReason } from "../batching/batch.ts";
import type { Decoded } from "../batching/decode.ts";
import type { Landing } from "../landing/landing.ts";
import type { PartitionStart } from "../landing/plan_state.ts";
import type { MemoryBudget } from "../batching/memory_budget.ts";
import type { PlainRow } from "../batching/plain_rows.ts";

/** The clocks: wall-clock time, and a monotonic one. In ms. */
export interface Clock {
  /** Since the epoch, by the S3 server's clock, which is the same for all members of the group. */
  now(): number;
  /** Since an arbitrary moment. */
  monotonic(): number;
}

/**
 * The position in a partition: the next offset to read, and the one up to which batches cover it.
 */
interface Place {
  position: number;
  covered: number;
  leaderEpoch?: number;
}

/**
 * A file in flight counts as at least this share of the memory: reading on while so many wait for
 * S3 would only make a stop last longer.
 */
const MAX_FILES = 256;

/**
 * What a group member collects between two rebalances: an open batch for each type, and the
 * position in each partition. When the generation ends all of it is dropped; whoever owns the
 * partitions then reads it again.
 */
export class Generation {
  readonly batches = new Map<Type, Batch>();
  /** Our partitions, by topic. */
  readonly assignment: Record<string, number[]> = {};
  /** Memory of the open batches, in bytes. */
  #open = 0;
  #partitions = new Map<string, Place>();
  /** The last lookup: records come in runs of one partition. */
  #last: { topic: string; partition: number; place: Place | undefined } | undefined;
  #controller = new AbortController();
  #landing: Landing | undefined;

  constructor(
    private readonly policy: BatchPolicy,
    private readonly memory: MemoryBudget,
    private readonly clock: Clock,
  ) {}

  /** Aborts when the generation ends. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What lands its batches; undefined until recovery is done. */
  get landing(): Landing | undefined {
    return this.#landing;
  }

  /** Starts collecting, from where recovery found the partitions. */
  begin(starts: readonly PartitionStart[], landing: Landing): void {
    for (const { topic, partition, position, leaderEpoch } of starts) {
      this.moveTo(topic, partition, position);
      this.#place(topic, partition).leaderEpoch = leaderEpoch;
      (this.assignment[topic] ??= []).push(partition);
    }
    this.#landing = landing;
  }

  /** The generation is over: open batches are dropped, and nothing can be committed any more. */
  end(reason: string): void {
    if (this.signal.aborted) return;
    for (const { type, bytes } of this.batches.values()) this.memory.release(type, bytes);
    this.batches.clear();
    this.#controller.abort(new Error(reason));
  }

  /** The next offset to read of a partition; undefined if it is not ours. */
  position(topic: string, partition: number): number | undefined {
    return this.#find(topic, partition)?.position;
  }

  /** The next offset to read of every partition, by topic. */
  get positions(): Record<string, Record<number, number>> {
    const positions: Record<string, Record<number, number>> = {};
    for (const [topic, partitions] of Object.entries(this.assignment)) {
      positions[topic] = Object.fromEntries(
        partitions.map((partition) => [partition, this.position(topic, partition)!]),
      );
    }
    return positions;
  }

  /** Continues elsewhere: what lies between is gone from the log. */
  moveTo(topic: string, partition: number, offset: number): void {
    const leaderEpoch = this.#find(topic, partition)?.leaderEpoch;
    const there = { position: offset, covered: offset, leaderEpoch };
    this.#partitions.set(`${topic}/${partition}`, there);
    this.#last = undefined;
  }

  /** The leader epoch of the last record that was read of a partition, or a later one. */
  leaderEpoch(topic: string, partition: number): number | undefined {
    return this.#place(topic, partition).leaderEpoch;
  }

  /** Records of a partition are about to be added, the last of them of this leader epoch. */
  reach(topic: string, partition: number, leaderEpoch: number): void {
    this.#place(topic, partition).leaderEpoch = leaderEpoch;
  }

  /** Skips offsets that hold no events (transaction markers, compacted records). */
  passTo(topic: string, partition: number, offset: number): void {
    this.#place(topic, partition).position = offset;
  }

  /**
   * Adds a message to its type's open batch, and cuts the batch when it is full; see `cutDue` for
   * its age.
   *
   * @param deadLetter resolves when Kafka has the dead letter that the message became
   */
  add(
    type: Type,
    topic: string,
    partition: number,
    offset: number,
    message: Decoded | PlainRow,
    deadLetter?: Promise<void>,
  ): void {
    const batch = this.#batch(type);
    const place = this.#place(topic, partition);
    const bytes = batch.add(partition, place.covered, offset, message, place.leaderEpoch);
    this.memory.take(type, bytes);
    this.#open += bytes;
    if (deadLetter) batch.waitFor(deadLetter);
    place.position = place.covered = offset + 1;
    if (batch.full) this.cut(type, batch.full);
    else if (this.#open > this.memory.max / 2) this.#makeRoom();
  }

  /** Notes the trace in which the message was sent that is added to a type's batch next. */
  link(type: Type, traceparent: string): void {
    this.#batch(type).link(traceparent);
  }

  /** Cuts the batches that are due by age. */
  cutDue(): void {
    for (const batch of [...this.batches.values()]) {
      const reason = batch.due(this.clock.monotonic());
      if (reason) this.cut(batch.type, reason);
    }
  }

  /** Cuts a type's open batch and hands it to the landing. */
  cut(type: Type, reason: CutReason): void {
    const batch = this.batches.get(type);
    if (!batch) return;
    this.batches.delete(type);
    this.#open -= batch.bytes;
    const cut = batch.cut(reason, this.clock.now());
    const held = Math.max(batch.bytes, this.memory.max / MAX_FILES);
    this.memory.take(type, held - batch.bytes);
    this.#landing!.land({ ...cut, held });
  }

  /** A type's open batch. */
  #batch(type: Type): Batch {
    let batch = this.batches.get(type);
    if (!batch) {
      batch = new Batch(type, this.clock.monotonic(), this.policy);
      this.batches.set(type, batch);
    }
    return batch;
  }

  /**
   * Open batches never hold more than half of the memory: the rest is on its way out, so waiting
   * for room always ends.
   */
  #makeRoom(): void {
    const [largest] = [...this.batches.values()].sort((a, b) => b.bytes - a.bytes);
    this.cut(largest!.type, "room");
  }

  #place(topic: string, partition: number): Place {
    return this.#find(topic, partition)!;
  }

  #find(topic: string, partition: number): Place | undefined {
    if (this.#last?.partition !== partition || this.#last.topic !== topic) {
      this.#last = { topic, partition, place: this.#partitions.get(`${topic}/${partition}`) };
    }
    return this.#last.place;
  }
}
