import { topicOf, types } from "../../shared/catalogue/events.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";
import { listRunning } from "../../shared/cli/running.ts";
import { within } from "../../shared/cli/within.ts";
import { consumerStatus } from "../../consumer/status/ask_status.ts";
import { explain } from "../../verify/explain_verify.ts";
import type { Connections } from "../connections.ts";
import { bucketFlow } from "./bucket_flow.ts";
import type { Flow, Point, Problem, ProgramFlow } from "./flow.ts";
import { History } from "./history.ts";
import { findProblems, problemOf } from "./problems.ts";
import { TopicWatch } from "./topic_flow.ts";
import { warehouseFlow } from "./warehouse_flow.ts";

/** How often the flow is looked at, in ms: while somebody watches, and else. */
const WATCHED_MS = 1_000;
const UNWATCHED_MS = 5_000;
/** How often the bucket is listed, and the warehouse asked, in ms. */
const BUCKET_MS = 10_000;
const WAREHOUSE_MS = 3_000;
/** How long each may take in a look, in ms: one that hangs must not hold up the others. */
const TIMEOUT_MS = 5_000;

/** A flow and its point in the charts. */
export interface Seen {
  readonly flow: Flow;
  readonly point: Point;
}

/** Looks at the whole pipeline again and again, and tells those who watch. */
export class Watch {
  readonly history = new History();
  latest: Seen | undefined;
  readonly #watchers = new Set<(seen: Seen) => void>();
  readonly #topics: Cached<Awaited<ReturnType<TopicWatch["look"]>>>;
  readonly #bucket: Cached<Flow["files"]>;
  readonly #warehouse: Cached<Awaited<ReturnType<typeof warehouseFlow>>>;
  #woken = new AbortController();

  /**
   * @param options.inContainer whether the programs of the machine cannot be seen
   * @param options.watchedMs how often it looks while somebody watches, in ms
   */
  constructor(
    private readonly connections: Connections,
    private readonly options: { readonly inContainer: boolean; readonly watchedMs?: number },
  ) {
    const { settings, s3 } = connections;
    const topics = new TopicWatch(settings);
    this.#topics = new Cached(0, () => connections.withKafka((one) => topics.look(one)));
    this.#bucket = new Cached(BUCKET_MS, () => bucketFlow(s3, settings.bucket));
    this.#warehouse = new Cached(
      WAREHOUSE_MS,
      () => connections.withWarehouse((client) => warehouseFlow(client, settings.bucket)),
    );
  }

  /** Calls `watcher` with each look from now on. Dispose what it gives to end that. */
  watch(watcher: (seen: Seen) => void): Disposable {
    this.#watchers.add(watcher);
    this.#woken.abort();
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /** Looks until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const flow = await orAborted(this.#look(), signal).catch(unlessAborted);
      if (!flow) return;
      this.latest = { flow, point: this.history.add(flow) };
      for (const watcher of this.#watchers) watcher(this.latest);
      this.#woken = new AbortController();
      const wait = this.#watchers.size > 0 ? (this.options.watchedMs ?? WATCHED_MS) : UNWATCHED_MS;
      await pause(wait, AbortSignal.any([signal, this.#woken.signal])).catch(() => {});
    }

    function unlessAborted(error: unknown): void {
      if (!signal.aborted) throw error;
    }
  }

  async #look(): Promise<Flow> {
    const { connections: { settings }, options: { inContainer } } = this;
    const problems: Problem[] = [];
    const orProblem = async <T>(where: Problem["where"], what: string, asked: Promise<T>) => {
      try {
        return await within(asked, { what, ms: TIMEOUT_MS });
      } catch (error) {
        problems.push(problemOf(where, explain(error, settings)));
      }
    };
    const [kafka, files, loaded, programs] = await Promise.all([
      orProblem("kafka", "Kafka", this.#topics.get()),
      orProblem("s3", "S3", this.#bucket.get()),
      orProblem("warehouse", "PostgreSQL", this.#warehouse.get()),
      inContainer
        ? undefined
        : orProblem("producers", "The runtime folder", programFlow(settings.runtimeDir)),
    ]);
    const open = (programs ?? []).flatMap(({ consumer }) => consumer?.openBatches ?? []);
    const flow: Omit<Flow, "problems"> = {
      at: Date.now(),
      group: settings.group,
      bucket: settings.bucket,
      members: kafka?.members,
      types: types.map((type) => {
        const topic = topicOf(type, settings.topicPrefix);
        const none = { files: 0, facts: 0, rejected: 0, repeats: 0, unreadable: 0 };
        return {
          type,
          topic,
          topicState: kafka?.topics.get(topic),
          open: open.filter((batch) => batch.type === type),
          loaded: loaded && (loaded.get(type) ?? none),
        };
      }),
      programs,
      files,
      letters: kafka?.letters,
    };
    return { ...flow, problems: [...problems, ...findProblems(flow)] };
  }
}

async function programFlow(runtimeDir: string): Promise<ProgramFlow[]> {
  const programs = await listRunning(runtimeDir);
  return await Promise.all(programs.map(async ({ role, pid, statusPort }) => ({
    role,
    pid,
    ...role === "consumer" && statusPort !== undefined
      ? { consumer: await consumerStatus(statusPort) }
      : {},
  })));
}

/**
 * An answer that is asked for no more often than every `ms`, and never twice at a time; a failed
 * one is asked for again.
 */
class Cached<T> {
  #at = -Infinity;
  #isPending = false;
  #answer: Promise<T> | undefined;

  constructor(private readonly ms: number, private readonly ask: () => Promise<T>) {}

  get(): Promise<T> {
    const isOld = performance.now() - this.#at > this.ms;
    if (!this.#answer || isOld && !this.#isPending) {
      this.#at = performance.now();
      this.#isPending = true;
      this.#answer = this.ask();
      this.#answer.catch(() => this.#answer = undefined).finally(() => this.#isPending = false);
    }
    return this.#answer;
  }
}
