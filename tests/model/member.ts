import { CommitRefused, type PartitionCommit } from "../../consumer/landing/commit.ts";
import { Generation } from "../../consumer/group/generation.ts";
import { MemoryBudget } from "../../consumer/batching/memory_budget.ts";
import { relocate } from "../../consumer/group/relocate.ts";
import { Report } from "../../consumer/landing/report.ts";
import type { Store } from "../../consumer/landing/store.ts";
import { takeOver } from "../../consumer/group/takeover.ts";
import type { FileName } from "../../shared/formats/file_name.ts";
import { retryForever } from "../../shared/cli/retry.ts";
import type { AssignedPartition } from "../../consumer/landing/assigned_partition.ts";
import type { Decoded } from "../../consumer/batching/decode.ts";
import type { Type } from "../../shared/catalogue/events.ts";
import type { Bucket } from "./bucket.ts";
import { Calls } from "./calls.ts";
import { Digest } from "./digest.ts";
import type { ModelRecord } from "./logs.ts";
import { quiet } from "./quiet.ts";

/** What a member needs of the model; each call takes effect when its turn comes. */
export interface MemberWorld {
  readonly group: string;
  readonly rows: number;
  now(member: Member): number;
  /** All partitions of the group's topics. */
  look(): AssignedPartition[];
  endOfEpoch(topic: string, partition: number, epoch: number): number | undefined;
  /** Whether the coordinator accepts a commit of a generation. */
  accepts(member: Member, generation: number): boolean;
  /** Whether anything under a prefix can ever be an orphan. */
  mayList(prefix: string): boolean;
  readonly isUnfenced: boolean;
  abort(uploadId: string): "aborted" | "gone";
  /** Whether the presence or absence of a key's file is final. */
  isSettled(key: string): boolean;
  commit(member: Member, generation: number, partitions: readonly PartitionCommit[]): void;
  deadLetter(uid: string): void;
  /** An unused id. */
  newUploadId(member: string, key: string): string;
  upload(id: string, key: string, body: Uint8Array, of: unknown): unknown;
  readonly bucket: Pick<Bucket, "complete" | "find" | "hasEarlier" | "pending" | "uploads">;
  warn(line: string): void;
}

/**
 * A consumer process that runs the production code from takeover to landing. This class replaces
 * what session.ts does with kafkajs: join, fetch, and start a new session when one fails.
 */
export class Member {
  readonly calls: Calls;
  generation: Generation | undefined;
  /** The number of the group's generation. */
  number = 0;
  /** The ids of the topics that may be fetched. */
  readonly pins = new Map<string, string | undefined>();
  /** Partitions that are not fetched, because the position is out of range. */
  readonly paused = new Set<string>();
  /** The last record handed out of each partition. */
  readonly lastFetched = new Map<string, { next: number; epoch: number }>();
  /** Why the session failed; a new one follows. */
  broken: string | undefined;
  /** Whether the process and its session are alive. */
  alive = true;
  /** Whether it was told to stop and has landed its open batches, or failed to. */
  hasStopped = false;
  /** What a client without the fetch hook fetches first: see `fetchesFirst` in scenario.ts. */
  unhooked: Record<string, number[]> | undefined;
  #stopping = false;
  readonly #session = new AbortController();
  readonly #memory = new MemoryBudget(Number.MAX_SAFE_INTEGER);

  /** A digest of what it has observed: production code is a function of that. */
  readonly seen = new Digest();

  /** @param lastNames the names that earlier sessions of the process gave last */
  constructor(
    readonly id: string,
    private readonly world: MemberWorld,
    readonly lastNames = new Map<string, FileName>(),
  ) {
    this.calls = new Calls(id, this.seen);
  }

  /** Whether it accepts messages. */
  get reads(): boolean {
    return this.alive && !this.broken && !this.#stopping &&
      this.generation?.landing !== undefined &&
      !this.generation.signal.aborted;
  }

  /** kafkajs is about to join, as fence.ts reports. */
  fence(): void {
    this.seen.add("rejoins");
    if (!this.world.isUnfenced) this.generation?.end("rebalance");
    this.generation = undefined;
  }

  /**
   * The process has crashed, or its session is over; the calls of a crashed process are never
   * answered.
   */
  end(crashed: boolean): void {
    this.alive = false;
    if (crashed) return;
    this.generation?.end("the session has ended");
    this.#session.abort(new Error("the session has ended"));
  }

  /** Lands the open batches, and leaves. */
  async stop(): Promise<void> {
    this.seen.add("stops");
    this.#stopping = true;
    const generation = this.generation!;
    for (const type of [...generation.batches.keys()]) generation.cut(type, "stop");
    await generation.landing!.idle();
    this.hasStopped = true;
  }

  /** GROUP_JOIN, with an assignment. */
  begin(number: number, assignment: Record<string, number[]>): void {
    // No trace of the past is left, unless a call is still pending.
    if (this.calls.pending.length === 0) {
      this.calls.reset();
      this.#lastNow = 0;
      this.lastFetched.clear();
    }
    const names = [...this.lastNames].map(([topic, { stamp, sequence }]) =>
      topic + stamp + sequence
    );
    this.seen.add(`begins ${JSON.stringify(assignment)} ${this.#memory.used} ${names}`);
    if (!this.world.isUnfenced) this.generation?.end("rebalance");
    this.generation = undefined;
    this.number = number;
    if (this.#stopping) return;
    this.pins.clear();
    this.paused.clear();
    const { world } = this;
    const now = () => this.#observe(world.now(this));
    const clock = { now, monotonic: () => 0 };
    const generation = new Generation({ rows: world.rows, age: Infinity }, this.#memory, clock);
    this.generation = generation;
    const over = (error: unknown) => {
      const fenced = generation.signal.aborted || error instanceof CommitRefused;
      generation.end("fenced by the broker");
      if (!fenced) this.broken ??= String(error);
    };
    takeOver(generation, assignment, {
      ...this.#retrying,
      look: this.#look,
      endOfEpoch: this.#endOfEpoch,
      settings: { group: world.group, topicPrefix: "", bucket: "raw" },
      store: this.#store,
      memory: this.#memory,
      lastNames: this.lastNames,
      seenIds: new Map(),
      report: new Report(
        "raw",
        (line) => !line.startsWith("✓") && world.warn(line),
        (line) => world.warn(line),
      ),
      clock,
      commit: (partitions) => this.#commit(generation, number, partitions),
      settlePause: (_ms, signal) =>
        this.calls.make("settle pause", "", () => undefined, { signal }),
    }).then(({ starts, landing }) => {
      generation.signal.throwIfAborted();
      landing.run().catch(over);
      for (const { topic, topicId } of starts) this.pins.set(topic, topicId);
    }).catch(over);
  }

  /** kafkajs hands out records that it has fetched. */
  take(type: Type, topic: string, partition: number, records: readonly ModelRecord[]): void {
    const generation = this.generation!;
    const first = generation.position(topic, partition)!;
    this.seen.add(`${topic}/${partition}/${first} ${records.map(({ uid }) => uid)}`);
    const last = records.at(-1)!;
    generation.reach(topic, partition, last.epoch);
    for (const [i, { uid, kind }] of records.entries()) {
      const sent = kind === "dead letter" ? this.#setAside(uid) : undefined;
      generation.add(type, topic, partition, first + i, decoded(kind, uid), sent);
    }
    const next = first + records.length;
    this.lastFetched.set(`${topic}/${partition}`, { next, epoch: last.epoch });
  }

  /** Cuts a type's batch, as when it is due by age. */
  cut(type: Type): void {
    this.seen.add(`cut ${type}`);
    this.generation!.cut(type, "age");
  }

  /** The position in a partition is out of range. */
  outOfRange(type: Type, topic: string, partition: number, truncatedTo?: number): void {
    const place = `${topic}/${partition}`;
    this.seen.add(`out of range ${place} ${truncatedTo}`);
    this.paused.add(place);
    this.lastFetched.delete(place);
    const generation = this.generation!;
    const { world } = this;
    relocate(generation, { type, topic, partition, topicId: this.pins.get(topic) }, {
      ...this.#retrying,
      consumer: { seek() {}, resume: () => this.paused.delete(place) },
      look: async () => (await this.#look()).filter((one) => one.topic === topic),
      endOfEpoch: async (...at) => truncatedTo ?? await this.#endOfEpoch(...at),
      onWarning: (line) => world.warn(line),
    }).then(
      (goesOn) => goesOn ? undefined : this.topicGone(type, topic),
      (error) => void (generation.signal.aborted || (this.broken ??= String(error))),
    );
  }

  /** The topic with the pinned id is gone: what was read of it is landed, then the session ends. */
  async topicGone(type: Type, topic: string): Promise<void> {
    this.seen.add(`${topic} is gone`);
    this.pins.delete(topic);
    const { generation } = this;
    if (generation?.landing) {
      generation.cut(type, "room");
      await generation.landing.idle(type);
    }
    this.broken ??= `${topic} was deleted`;
  }

  get key(): string {
    return `${this.id}${+this.alive}${this.broken ?? ""} ${this.seen.value}`;
  }

  readonly #look = () => {
    const { signal } = this.generation!;
    const isMoot = () => signal.aborted;
    return this.calls.make("look", "", () => this.world.look(), { isMoot });
  };

  readonly #endOfEpoch = (topic: string, partition: number, epoch: number) =>
    this.calls.make(
      "epoch",
      `${topic}/${partition}`,
      () => this.world.endOfEpoch(topic, partition, epoch),
    );

  #commit(
    generation: Generation,
    number: number,
    partitions: readonly PartitionCommit[],
  ): Promise<void> {
    if (generation.signal.aborted) {
      return Promise.reject(new CommitRefused("the generation has ended"));
    }
    const about = partitions.map(({ topic, partition, offset }) =>
      `${topic}/${partition}@${offset}`
    );
    if (this.world.isUnfenced) number = this.number;
    return this.calls.make(
      "commit",
      about.join(),
      () => this.world.commit(this, number, partitions),
      { isMoot: () => !this.world.accepts(this, number) },
    );
  }

  #setAside(uid: string): Promise<void> {
    const { signal } = this.#session;
    return retryForever(
      () => this.calls.make("letter", uid, () => this.world.deadLetter(uid), { signal }),
      this.#retrying,
      signal,
    );
  }

  readonly #retrying = {
    ...quiet,
    wait: (_attempt: number, { signal }: { signal: AbortSignal }) =>
      this.calls.make("wait", "", () => undefined, { signal }),
  };

  get #store(): Store {
    const { world, calls } = this;
    const { bucket } = world;
    return {
      upload: (key, body, of, signal) => {
        const id = world.newUploadId(this.id, key);
        return calls.make(
          "upload",
          `${id} ${key}`,
          () => world.upload(id, key, body, of),
          { signal },
        ) as ReturnType<Store["upload"]>;
      },
      complete: ({ uploadId }, signal) =>
        calls.make("complete", uploadId, () => bucket.complete(uploadId), {
          signal,
          isMoot: () => !bucket.uploads.has(uploadId),
        }),
      find: (key, isOurs, signal) =>
        calls.make("find", key, () => bucket.find(key, isOurs), {
          signal,
          isMoot: () => world.isSettled(key),
        }),
      hasEarlier: (key, at, isOurs, signal) =>
        calls.make("has earlier", key, () => bucket.hasEarlier(key, at, isOurs), { signal }),
      abort: ({ uploadId }, signal) =>
        calls.make("abort", uploadId, () => world.abort(uploadId), {
          signal,
          isMoot: () => !bucket.uploads.has(uploadId),
        }),
      async *pending(prefix, signal) {
        if (!world.mayList(prefix)) return;
        yield* await calls.make("list", prefix, () => bucket.pending(prefix), { signal });
      },
    };
  }

  #lastNow = 0;

  /** Reading the clock counts as an observation. */
  #observe(now: number): number {
    if (now !== this.#lastNow) this.seen.add(`now ${now}`);
    return this.#lastNow = now;
  }
}

function decoded(kind: ModelRecord["kind"], uid: string): Decoded {
  if (kind === "row") return { kind, line: uid };
  return kind === "tombstone" ? { kind } : { kind, reason: "damaged" };
}
