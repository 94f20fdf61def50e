import { type Admin, type Consumer, type Kafka, PartitionAssigners } from "kafkajs";
import { connectAdmin, ensureCoordinator, kafkaClient } from "../../shared/kafka/client.ts";
import { connectCluster, withCluster } from "../../shared/kafka/cluster.ts";
import { type FetchRules, hookFetch } from "../../shared/kafka/fetch_hook.ts";
import { recordsOf } from "../../shared/kafka/record_batch.ts";
import { topicIds } from "../../shared/kafka/topic_ids.ts";
import { services } from "./services.ts";
import { unique } from "./settings.ts";
import { until } from "./wait.ts";

/** A consumer whose fetches are hooked, on a topic of its own, and what it has been told. */
export interface HookedConsumer extends AsyncDisposable {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly consumer: Consumer;
  readonly topic: string;
  /** The topic's id is in it. */
  readonly pins: Map<string, string | undefined>;
  /** The values that it has read, in their order. */
  readonly values: string[];
  readonly outOfRange: Parameters<FetchRules["onOutOfRange"]>[];
  readonly gone: string[];
  /** Where it reads from when it has joined its group, by partition. */
  readonly start: Map<number, number>;
  /** Joins the group and reads. */
  run(): Promise<void>;
  /** Sends so many values and returns them. */
  send(partition: number, prefix: string, count: number): Promise<string[]>;
  /** Lets a few fetches go by. */
  someFetches(): Promise<void>;
  /** What the group has committed of each partition. */
  committed(): Promise<string[]>;
}

/**
 * Makes a topic and a consumer of it that does not run yet. What is reported is paused.
 *
 * @param options.byName fetches by name, as from a cluster whose topics have no ids
 */
export async function hookedConsumer(
  name: string,
  options: { partitions?: number; byName?: boolean } = {},
): Promise<HookedConsumer> {
  const { partitions = 2, byName = false } = options;
  const { settings } = await services();
  const kafka = kafkaClient(settings, "test");
  const admin = await connectAdmin(kafka, settings);
  const topic = `${name}-${unique()}`;
  const groupId = topic;
  await createTopic(admin, topic, partitions);
  await ensureCoordinator(admin, groupId);
  const pins: HookedConsumer["pins"] = new Map();
  const start: HookedConsumer["start"] = new Map();
  const values: string[] = [];
  const outOfRange: HookedConsumer["outOfRange"] = [];
  const gone: string[] = [];
  let fetches = 0;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    retry: { retries: 5 },
    partitionAssigners: [
      withCluster(PartitionAssigners.roundRobin, (cluster) =>
        hookFetch(cluster, {
          pins,
          onOutOfRange: (...report) => {
            outOfRange.push(report);
            consumer.pause([{ topic: report[0], partitions: [report[1]] }]);
          },
          onTopicGone: (topic) => {
            gone.push(topic);
            consumer.pause([{ topic }]);
          },
        })),
    ],
  });
  consumer.on("consumer.fetch", () => void fetches++);
  consumer.on("consumer.group_join", () => {
    for (const [partition, offset] of start) {
      consumer.seek({ topic, partition, offset: String(offset) });
    }
  });
  await using cluster = await connectCluster(kafka);
  pins.set(topic, byName ? undefined : (await topicIds(cluster, [topic])).get(topic));
  return {
    kafka,
    admin,
    consumer,
    topic,
    pins,
    values,
    outOfRange,
    gone,
    start,
    async run() {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // deno-lint-ignore require-await -- kafkajs wants a promise
        eachBatch: async ({ batch, resolveOffset }) => {
          for (const message of batch.messages) {
            const records = recordsOf(message);
            while (records.next()) values.push(String(records.message().value));
          }
          resolveOffset(batch.lastOffset());
        },
      });
    },
    async send(partition, prefix, count) {
      return await sendNumbered(kafka, { topic, partition }, prefix, count);
    },
    async someFetches() {
      const before = fetches;
      await until("the consumer fetches", () => fetches >= before + 4);
    },
    async committed() {
      const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return group!.partitions.map(({ offset }) => offset);
    },
    async [Symbol.asyncDispose]() {
      await consumer.disconnect();
      await admin.disconnect();
    },
  };
}

/** Sends so many values, each in a batch of its own, and returns them. */
export async function sendNumbered(
  kafka: Kafka,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  prefix: string,
  count: number,
): Promise<string[]> {
  const sent = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const producer = kafka.producer({ retry: { retries: 10 } });
  await producer.connect();
  for (const value of sent) await producer.send({ topic, messages: [{ partition, value }] });
  await producer.disconnect();
  return sent;
}

/** Makes a topic, waiting until the one of its name that is being deleted is gone. */
export async function createTopic(
  admin: Admin,
  topic: string,
  numPartitions: number,
): Promise<void> {
  const topics = [{ topic, numPartitions }];
  // A wait for leaders that fails would leave a topic that cannot be made again.
  await until(
    "the topic is made",
    () => admin.createTopics({ topics, waitForLeaders: false }).catch(() => false),
  );
  await until(
    "its partitions have leaders",
    () => admin.fetchTopicOffsets(topic).then(() => true, () => false),
  );
}
