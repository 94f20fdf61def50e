import type { Admin, Consumer, Kafka } from "kafkajs";
import { pause } from "../../shared/cli/backoff.ts";
import { topicOf, type Type, types } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureCoordinator, ensureTopics } from "../../shared/kafka/client.ts";
import { type Cluster, withCluster } from "../../shared/kafka/cluster.ts";
import { kafkaService } from "../../shared/kafka/broker_errors.ts";
import { hookFetch } from "../../shared/kafka/fetch_hook.ts";
import { endOffsetForEpoch } from "../../shared/kafka/leader_epochs.ts";
import { isTracing } from "../../shared/metrics/traces.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { SubscriptionAssigner } from "./assigner.ts";
import type { BatchPolicy } from "../batching/batch.ts";
import { CommitRefused, isGenerationOver } from "../landing/commit.ts";
import type { Commit } from "../landing/committer.ts";
import { DeadLetters } from "../landing/dead_letters.ts";
import { refuseEarlierGroup } from "./earlier_group.ts";
import { fencedAssigner } from "./fence.ts";
import { type Clock, Generation } from "./generation.ts";
import { commitOfGeneration } from "./generation_commit.ts";
import { HEARTBEAT_MS } from "./heartbeat.ts";
import { Intake } from "./intake.ts";
import type { Lag } from "./lag.ts";
import type { MemoryBudget } from "../batching/memory_budget.ts";
import { fetchMembership } from "./membership.ts";
import type { FileName } from "../../shared/formats/file_name.ts";
import { fetchPartitions } from "./committed_offsets.ts";
import type { Retrying } from "../../shared/cli/retry.ts";
import { relocate } from "./relocate.ts";
import type { Report } from "../landing/report.ts";
import { sendCommit } from "./send_commit.ts";
import type { GroupHealth } from "./group_health.ts";
import type { Store } from "../landing/store.ts";
import { takeOver } from "./takeover.ts";

/** What a session is made of. */
export interface SessionParts extends Retrying {
  readonly kafka: Kafka;
  readonly settings: Settings;
  readonly store: Store;
  readonly policy: BatchPolicy;
  readonly memory: MemoryBudget;
  readonly report: Report;
  readonly groupHealth: GroupHealth;
  readonly lag: Lag;
  readonly clock: Clock;
  /** The last name used in each topic, over all sessions of this process. */
  readonly lastNames: Map<string, FileName>;
  /** The ids of the topics at the last takeover, over all sessions of this process. */
  readonly seenIds: Map<string, string | undefined>;
  /** Put around every commit. @default nothing */
  readonly wrapCommit?: (commit: Commit) => Commit;
}

/**
 * The most bytes of a fetch. Compressed events grow tenfold and more when they are decoded,
 * outside of what the memory budget counts. Kafka sends a larger message anyway.
 */
const FETCH_BYTES = 512 * 1024;
/** How often the age of open batches is checked, in ms. */
const AGE_CHECK_MS = 200;
/** How long a hanging connection may delay the end of a session, in ms. */
const LEAVE_MS = 15_000;

/**
 * One membership in the consumer group, from joining to leaving. It ends cleanly when it is
 * stopped, and with an error when the connection is lost or a commit's outcome is unknown: the next
 * session then recovers what this one left.
 */
export class Session {
  readonly #topics: ReadonlyMap<string, Type>;
  readonly #broken = Promise.withResolvers<never>();
  readonly #over = new AbortController();
  readonly #assigner: SubscriptionAssigner;
  /**
   * The topics that may be fetched, and their ids: none before recovery has found the positions.
   */
  readonly #pins = new Map<string, string | undefined>();
  /** The ids of all topics that were fetched in this session. */
  readonly #ids = new Map<string, string | undefined>();
  #generation: Generation | undefined;
  #stopping = false;
  #hasJoined = false;

  constructor(private readonly parts: SessionParts) {
    this.#topics = new Map(types.map((type) => [topicOf(type, parts.settings.topicPrefix), type]));
    this.#assigner = new SubscriptionAssigner((topic, why) =>
      parts.report.warn(
        `${topic}, to which other consumers of the group ${parts.settings.group} subscribe, stays unassigned: its partitions are unknown (${why})`,
      )
    );
    this.#broken.promise.catch(() => {/* run() awaits it, later. */});
  }

  /** Whether it has been a member of the group. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /** The current generation; undefined between two. */
  get generation(): Generation | undefined {
    return this.#generation;
  }

  /**
   * Joins the group and lands events until `stop` aborts; then lands what is open and leaves.
   *
   * @throws {UserError} when Kafka refuses us or the group's plan is not readable; another error
   * when the
   *   session broke off and a new one should be begun
   */
  async run(stop: AbortSignal): Promise<void> {
    const { kafka, settings, memory, report, lag } = this.parts;
    await using admin = await connectAdmin(kafka, settings, {
      timeout: Infinity,
      signal: stop,
      onRetry: this.parts.onWaiting,
    });
    await orAborted(this.#prepare(admin, stop), stop);
    const signal = this.#over.signal;
    await using deadLetters = new DeadLetters(kafka, settings, this.parts, signal);
    const consumer = this.#consumer(admin);
    const intake = new Intake({
      consumer,
      memory,
      deadLetters,
      report,
      lag,
      traced: isTracing(),
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
      this.#endGeneration("the session has ended");
      this.#over.abort(new Error("the session has ended"));
      await Promise.race([consumer.disconnect().catch(() => {}), pause(LEAVE_MS)]);
    }
  }

  async #prepare(admin: Admin, stop: AbortSignal): Promise<void> {
    const { settings } = this.parts;
    await ensureTopics(admin, settings, stop);
    await ensureCoordinator(admin, settings.group, stop);
    await refuseEarlierGroup(admin, settings, [...this.#topics.keys()]);
  }

  #consumer(admin: Admin): Consumer {
    const { kafka, settings } = this.parts;
    let cluster: Cluster;
    const fenced = fencedAssigner(
      this.#assigner.create,
      () => this.#endGeneration("rebalance"),
    );
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
      partitionAssigners: [withCluster(fenced, (ours) => cluster = ours)],
      retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
    });
    hookFetch(cluster!, {
      pins: this.#pins,
      onOutOfRange: (topic, partition, _offset, truncatedTo) => {
        consumer.pause([{ topic, partitions: [partition] }]);
        this.#relocate(topic, partition, truncatedTo, { consumer, admin, cluster });
      },
      onTopicGone: (topic) => {
        consumer.pause([{ topic }]);
        this.#landAndLeave(topic);
      },
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#broken.reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#hasJoined = true;
      this.parts.report.metrics.add("automotive.consumer.rebalances", 1);
      this.parts.onResumed(kafkaService(settings));
      // Nothing is fetched before recovery has found the positions.
      this.#pins.clear();
      consumer.pause(this.#allTopics);
      this.#beginGeneration({ admin, cluster, consumer }, payload.memberAssignment);
      this.#lookAtGroup(admin, Object.values(payload.memberAssignment).flat().length);
    });
    return consumer;
  }

  get #allTopics(): { topic: string }[] {
    return [...this.#topics.keys()].map((topic) => ({ topic }));
  }

  async #join(consumer: Consumer, intake: Intake): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#topics.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        const generation = this.#generation;
        if (this.#stopping || !generation?.landing || generation.signal.aborted) {
          return await pause(50);
        }
        await intake.take(generation, payload).catch((error) => {
          if (generation.signal.aborted) return;
          // A heartbeat's error is for kafkajs, which rejoins the group.
          if (!isGenerationOver(error)) this.#broken.reject(error);
          throw error;
        });
      },
    });
  }

  /** Lands all open batches while kafkajs keeps sending heartbeats. */
  async #drain(consumer: Consumer): Promise<void> {
    this.#stopping = true;
    const generation = this.#generation;
    if (!generation?.landing) return;
    consumer.pause(this.#allTopics);
    for (const type of [...generation.batches.keys()]) generation.cut(type, "stop");
    if (await generation.landing.idle()) return;
    this.parts.report.warn(
      "The group rebalanced during shutdown: open batches are left to the other consumers",
    );
  }

  #endGeneration(reason: string): void {
    this.#generation?.end(reason);
    this.parts.lag.end();
    this.#generation = undefined;
  }

  #beginGeneration(client: Client, assignment: Record<string, number[]>): void {
    this.#endGeneration("rebalance");
    if (this.#stopping) return;
    const { policy, memory, clock, settings, lag, wrapCommit = (commit: Commit) => commit } =
      this.parts;
    const { admin, cluster, consumer } = client;
    const generation = new Generation(policy, memory, clock);
    this.#generation = generation;
    const commitOffsets = commitOfGeneration(cluster);
    const over = (error: unknown) => {
      const fenced = generation.signal.aborted || error instanceof CommitRefused;
      generation.end("fenced by the broker");
      if (!fenced) this.#broken.reject(error);
    };
    takeOver(generation, assignment, {
      ...this.parts,
      look: () => fetchPartitions(admin, settings.group, this.#topics, cluster),
      endOfEpoch: (...place) => endOffsetForEpoch(cluster, ...place),
      commit: wrapCommit(async (partitions) => {
        await sendCommit(partitions, {
          commitOffsets,
          makeTopics: () => ensureTopics(admin, this.parts.settings, generation.signal),
        }, generation.signal);
        lag.committed(partitions);
      }),
    }).then(({ starts, landing }) => {
      generation.signal.throwIfAborted();
      lag.begin(starts);
      landing.run().catch(over);
      for (const { topic, partition, position, topicId } of starts) {
        // kafkajs may still hand out what it has fetched of the old topic at the same offset.
        if (this.#ids.has(topic) && this.#ids.get(topic) !== topicId) {
          throw new Error(`${topic} was recreated`);
        }
        this.#ids.set(topic, topicId);
        this.#pins.set(topic, topicId);
        consumer.seek({ topic, partition, offset: String(position) });
      }
      consumer.resume(this.#allTopics);
    }).catch(over);
  }

  /** Finds out what the group looks like, to explain why this consumer has no partition. */
  #lookAtGroup(admin: Admin, owned: number): void {
    const { settings, groupHealth } = this.parts;
    const generation = this.#generation;
    if (!generation) return;
    groupHealth.joined(owned);
    const partitions = new Map(
      [...this.#topics.keys()].map((topic) => [topic, this.#assigner.partitionsOf(topic)]),
    );
    fetchMembership(admin, settings.group, partitions, generation.signal)
      .then((membership) => groupHealth.learned(membership), () => {/* The generation is over. */});
  }

  /**
   * Resumes a paused partition, whose log no longer holds the position, where the log continues.
   */
  #relocate(
    topic: string,
    partition: number,
    truncatedTo: number | undefined,
    { consumer, admin, cluster }: Client,
  ): void {
    const generation = this.#generation;
    if (!generation?.landing) return;
    const { settings, report } = this.parts;
    const type = this.#topics.get(topic)!;
    relocate(generation, { type, topic, partition, topicId: this.#pins.get(topic) }, {
      ...this.parts,
      consumer,
      look: (topic) => fetchPartitions(admin, settings.group, new Map([[topic, type]]), cluster),
      endOfEpoch: async (...place) => truncatedTo ?? await endOffsetForEpoch(cluster, ...place),
      onWarning: report.warn,
    }).then(
      (goesOn) => goesOn ? undefined : this.#landAndLeave(topic),
      (error) => generation.signal.aborted || this.#broken.reject(error),
    );
  }

  /**
   * A topic was deleted, and perhaps recreated: what was read of it exists nowhere else any more,
   * so it is landed first. The next session finds out what is there now.
   */
  async #landAndLeave(topic: string): Promise<void> {
    const generation = this.#generation;
    const type = this.#topics.get(topic)!;
    // At once: if this member dies now, its successor may not be able to tell.
    if (this.#pins.delete(topic)) {
      this.parts.report.warn(`${topic} was deleted: landing what was read from it, then rejoining`);
    }
    if (generation?.landing) {
      generation.cut(type, "room");
      if (!await generation.landing.idle(type)) {
        this.parts.report.warn(
          `${topic} was deleted while its events were being landed: those in no file and no plan yet are lost with it`,
        );
      }
    }
    this.#broken.reject(new Error(`${topic} was deleted`));
  }
}

/** The parts of kafkajs that a generation is made of. */
interface Client {
  readonly admin: Admin;
  readonly cluster: Cluster;
  readonly consumer: Consumer;
}

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
