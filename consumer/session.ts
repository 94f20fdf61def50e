import {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  PartitionAssigners,
} from "kafkajs";
import { pause } from "../shared/backoff.ts";
import { topicOf, type Type, types } from "../shared/events.ts";
import { connectAdmin, ensureCoordinator, ensureTopics } from "../shared/kafka.ts";
import type { Settings } from "../shared/settings.ts";
import type { BatchPolicy } from "./batch.ts";
import type { Buffer } from "./buffer.ts";
import { CommitRefused, isGenerationOver, type PartitionCommit, toOffsets } from "./commit.ts";
import { DeadLetters } from "./dead_letters.ts";
import { fencedAssigner } from "./fence.ts";
import { type Clock, Generation } from "./generation.ts";
import { HEARTBEAT_MS, heartbeatWhile } from "./heartbeat.ts";
import { Intake } from "./intake.ts";
import type { Perseverance } from "./persevere.ts";
import type { Report } from "./report.ts";
import type { Store } from "./store.ts";
import { takeOver } from "./takeover.ts";

/** What a session is made of. */
export interface SessionParts extends Perseverance {
  readonly kafka: Kafka;
  readonly settings: Settings;
  readonly store: Store;
  readonly policy: BatchPolicy;
  readonly buffer: Buffer;
  readonly report: Report;
  readonly clock: Clock;
  /** Put around every commit. @default nothing */
  readonly wrapCommit?: (commit: Commit) => Commit;
}

/** Sends one OffsetCommit. */
export type Commit = (partitions: readonly PartitionCommit[]) => Promise<void>;

/**
 * What one fetch may bring, in bytes. Compressed events grow tenfold and more when they are decoded,
 * outside of what the buffer counts. Kafka sends a larger message all the same.
 */
const FETCH_BYTES = 512 * 1024;
/** How often open batches are looked at for their age, in ms. */
const AGE_CHECK_MS = 200;
/** How long a connection that hangs may hold up the end of a session, in ms. */
const LEAVE_MS = 15_000;

/**
 * One membership in the consumer group, from joining to leaving. It ends cleanly when it is stopped,
 * and with an error when the connection is lost or a commit's outcome is unknown: the next session
 * then recovers what this one left.
 */
export class Session {
  readonly #topics: ReadonlyMap<string, Type>;
  readonly #broken = Promise.withResolvers<never>();
  readonly #over = new AbortController();
  /** kafkajs' commit function; there is one as soon as messages have come. */
  #commitOffsets: EachBatchPayload["commitOffsetsIfNecessary"] | undefined;
  readonly #canCommit = Promise.withResolvers<void>();
  #generation: Generation | undefined;
  #ready: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(private readonly parts: SessionParts) {
    this.#topics = new Map(types.map((type) => [topicOf(type, parts.settings.topicPrefix), type]));
    this.#broken.promise.catch(() => {/* run() awaits it, later. */});
  }

  /** What is gathered now; undefined between two generations. */
  get generation(): Generation | undefined {
    return this.#generation;
  }

  /**
   * Joins the group and lands events until `stop` aborts; then lands what is open and leaves.
   *
   * @param patience how long to try to reach Kafka, in ms
   * @throws {UserError} when Kafka is not reachable or the group's plan is not readable; another error
   *   when the session broke off and a new one should be begun
   */
  async run(stop: AbortSignal, patience: number): Promise<void> {
    const { kafka, settings, buffer, report } = this.parts;
    await using admin = await connectAdmin(kafka, settings, {
      patience,
      signal: stop,
      onRetry: (why) => this.parts.onWaiting(`Kafka at ${settings.brokers.join(", ")}: ${why}`),
    });
    await ensureTopics(admin, settings, stop);
    await ensureCoordinator(admin, settings.group, stop);
    this.parts.onWaiting(undefined);
    const signal = this.#over.signal;
    await using deadLetters = new DeadLetters(kafka, settings, this.parts, signal);
    const consumer = this.#consumer(admin);
    const intake = new Intake({
      consumer,
      admin,
      buffer,
      deadLetters,
      report,
      topics: this.#topics,
    });
    const ageCheck = setInterval(() => this.#generation?.cutDue(), AGE_CHECK_MS);
    try {
      const stopped = aborted(stop);
      const joined = this.#join(consumer, intake);
      joined.catch((error) => this.#broken.reject(error));
      await Promise.race([this.#broken.promise, stopped, joined]);
      await Promise.race([this.#broken.promise, stopped]);
      await Promise.race([this.#broken.promise, this.#drain(consumer)]);
    } finally {
      clearInterval(ageCheck);
      this.#endGeneration("the session is over");
      this.#over.abort(new Error("the session is over"));
      await Promise.race([consumer.disconnect().catch(() => {}), pause(LEAVE_MS)]);
    }
  }

  #consumer(admin: Admin): Consumer {
    const { kafka, settings } = this.parts;
    const consumer = kafka.consumer({
      groupId: settings.group,
      sessionTimeout: settings.sessionTimeout * 1000,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: 30_000,
      maxWaitTimeInMs: 500,
      maxBytes: FETCH_BYTES,
      maxBytesPerPartition: FETCH_BYTES / 4,
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        fencedAssigner(PartitionAssigners.roundRobin, () => this.#endGeneration("rebalance")),
      ],
      retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#broken.reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#beginGeneration(admin, payload.memberAssignment);
    });
    return consumer;
  }

  async #join(consumer: Consumer, intake: Intake): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#topics.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        this.#commitOffsets = payload.commitOffsetsIfNecessary;
        this.#canCommit.resolve();
        await heartbeatWhile(this.#ready, payload.heartbeat);
        const generation = this.#generation;
        if (this.#stopping || !generation || generation.signal.aborted) return await pause(50);
        await intake.take(generation, payload).catch((error) => {
          // A heartbeat's error is for kafkajs, which rejoins the group.
          if (!isGenerationOver(error)) this.#broken.reject(error);
          throw error;
        });
      },
    });
  }

  /** Lands all open batches while kafkajs goes on with its heartbeats. */
  async #drain(consumer: Consumer): Promise<void> {
    this.#stopping = true;
    const generation = this.#generation;
    // Without messages there is nothing to land, and kafkajs has given us nothing to commit with.
    if (!generation?.landing || !this.#commitOffsets) return;
    consumer.pause([...this.#topics.keys()].map((topic) => ({ topic })));
    for (const type of [...generation.batches.keys()]) generation.cut(type, "stop");
    if (await generation.landing.idle()) return;
    this.parts.report.warn(
      "The group rebalanced during the stop: what was open is left to the other consumers",
    );
  }

  #endGeneration(reason: string): void {
    this.#generation?.end(reason);
    this.#generation = undefined;
  }

  #beginGeneration(admin: Admin, assignment: Record<string, number[]>): void {
    this.#endGeneration("rebalance");
    if (this.#stopping) return;
    const { policy, buffer, clock, wrapCommit = (commit: Commit) => commit } = this.parts;
    const generation = new Generation(policy, buffer, clock);
    this.#generation = generation;
    const over = (error: unknown) => {
      const fenced = generation.signal.aborted || error instanceof CommitRefused;
      generation.end("fenced by the broker");
      if (!fenced) this.#broken.reject(error);
    };
    this.#ready = takeOver(generation, assignment, {
      ...this.parts,
      admin,
      topics: this.#topics,
      commit: wrapCommit((partitions) => this.#commit(generation, partitions)),
    }).then((landing) => void landing.run().catch(over), over);
  }

  async #commit(generation: Generation, partitions: readonly PartitionCommit[]): Promise<void> {
    if (!this.#commitOffsets) {
      await Promise.race([this.#canCommit.promise, aborted(generation.signal)]);
    }
    // No await between this check and the call, in which kafkajs reads the group's generation.
    if (generation.signal.aborted) throw new CommitRefused("the generation is over");
    try {
      await this.#commitOffsets!(toOffsets(partitions));
    } catch (error) {
      if (isGenerationOver(error)) {
        throw new CommitRefused("the broker says that the generation is over", { cause: error });
      }
      throw error;
    }
  }
}

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
