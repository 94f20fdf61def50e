import type { Admin } from "kafkajs";
import { decodeRecord } from "../../shared/formats/plan.ts";
import { topicOf, type Type } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureCoordinator } from "../../shared/kafka/client.ts";
import { pause } from "../../shared/cli/backoff.ts";
import type { Sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

/** A partition as Kafka knows it: its log, and what the sandbox's group has committed. */
export interface Committed {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  /** -1 if nothing is. */
  readonly offset: number;
  readonly metadata: string;
}

/** What the sandbox's group has committed of a type's partitions. */
export async function committedOf(box: Sandbox, type: Type): Promise<Committed[]> {
  await using admin = await connectAdmin(box.kafka, box.settings);
  await ensureCoordinator(admin, box.settings.group);
  return await lookAt(admin, box, type);
}

async function lookAt(admin: Admin, box: Sandbox, type: Type): Promise<Committed[]> {
  const topic = topicOf(type, box.settings.topicPrefix);
  const [group] = await admin.fetchOffsets({ groupId: box.settings.group, topics: [topic] });
  const logs = await admin.fetchTopicOffsets(topic);
  return logs.map(({ partition, low, high }) => {
    const entry = group?.partitions.find((one) => one.partition === partition);
    return {
      topic,
      partition,
      low: Number(low),
      high: Number(high),
      offset: Number(entry?.offset ?? -1),
      metadata: entry?.metadata ?? "",
    };
  });
}

/** Waits until the group has committed all that is in the types' logs, and no plan is open. */
export async function caughtUp(
  box: Sandbox,
  types: readonly Type[],
  bound?: number,
): Promise<void> {
  let last: Committed[] = [];
  await using admin = await connectAdmin(box.kafka, box.settings);
  await ensureCoordinator(admin, box.settings.group);
  await until(`the group has caught up with ${types.join(", ")}`, async () => {
    last = (await Promise.all(types.map((type) => lookAt(admin, box, type)))).flat();
    return last.every(({ offset, high, metadata }) =>
      offset === -1 ? high === 0 : offset === high && decodeRecord(metadata)?.files.length === 0
    );
  }, bound).catch((error) => {
    throw new Error(`${error.message}\n${last.map((one) => JSON.stringify(one)).join("\n")}`);
  });
}

/**
 * Has the group say of types' partitions what `change` makes of it, as a tool of an operator does. The
 * group must have no members.
 *
 * @param change gives undefined for what is to stay as it is
 */
export async function commitAs(
  box: Sandbox,
  types: readonly Type[],
  change: (now: Committed) => { offset: number; metadata: string } | undefined,
): Promise<void> {
  const { kafka, settings: { group: groupId } } = box;
  const partitions = (await Promise.all(types.map((type) => committedOf(box, type)))).flat();
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const consumer = kafka.consumer({ groupId, retry: { retries: 5 } });
  const joined = Promise.withResolvers<void>();
  consumer.on("consumer.group_join", () => {
    // From an offset that the log does not hold, a fetch would have kafkajs commit one of its own.
    consumer.pause(topics.map((topic) => ({ topic })));
    joined.resolve();
  });
  await consumer.connect();
  await consumer.subscribe({ topics });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} });
  await joined.promise;
  await consumer.commitOffsets(partitions.flatMap((now) => {
    const changed = change(now);
    if (!changed) return [];
    const { topic, partition } = now;
    return [{ topic, partition, ...changed, offset: String(changed.offset) }];
  }));
  await consumer.disconnect();
}

/**
 * Looks again and again at what the group has committed, until it is disposed: a partition with an offset
 * and without our metadata, or with one of Kafka's special offsets (-2), is remembered.
 */
export function watchCommits(
  box: Sandbox,
  types: readonly Type[],
): { readonly foreign: readonly string[] } & AsyncDisposable {
  const foreign = new Set<string>();
  const over = new AbortController();
  const watching = (async () => {
    await using admin = await connectAdmin(box.kafka, box.settings);
    await ensureCoordinator(admin, box.settings.group);
    while (!over.signal.aborted) {
      // A topic may be gone for a moment.
      const all = await Promise.all(
        types.map((type) => lookAt(admin, box, type).catch(() => [])),
      );
      for (const { topic, partition, offset, metadata } of all.flat()) {
        if (offset < -1 || (offset >= 0 && !decodeRecord(metadata))) {
          foreign.add(`${topic}/${partition}: ${offset} ${metadata}`);
        }
      }
      await pause(50);
    }
  })();
  watching.catch(() => {/* Told when it is disposed. */});
  return {
    get foreign() {
      return [...foreign];
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching;
    },
  };
}
