import type {
  Consumer,
  ConsumerConfig,
  EachBatchPayload,
  Kafka,
  OffsetsByTopicPartition,
  PartitionAssigner,
} from "kafkajs";
import ConsumerGroup from "kafkajs/src/consumer/consumerGroup.js";
import { topicOf, types } from "../../../shared/catalogue/events.ts";
import type { Broker, FetchRequest } from "../../../shared/kafka/cluster.ts";

const topics = types.map((type) => topicOf(type));

/** A topic's only partition. */
interface Log {
  low: number;
  high: number;
  committed: number;
}

/** A Kafka with one partition a topic, without records, and what a consumer asks of it. */
export class MemoryKafka {
  /** What was asked of the consumer, in order: "seek sales_topic to 5", "commit …", "disconnect" … */
  readonly asked: string[] = [];
  readonly logs = new Map<string, Log>(
    topics.map((topic) => [topic, { low: 0, high: 9, committed: 0 }]),
  );
  /** What becomes of a commit. */
  onCommit: () => Promise<void> = () => Promise.resolve();
  /** Called before the group's committed offsets are told. */
  onLook: () => Promise<void> = () => Promise.resolve();
  /** What the broker does with a fetch. */
  onFetch: () => void = () => {};
  #listeners = new Map<string, (event: { payload: unknown }) => void>();
  #assigner: ReturnType<PartitionAssigner> | undefined;
  #eachBatch: ((payload: EachBatchPayload) => Promise<void>) | undefined;
  readonly #running = Promise.withResolvers<void>();

  /** To be given to a session. */
  get client(): Kafka {
    return {
      admin: () => this.#admin,
      producer: () => ({ disconnect: () => Promise.resolve() }),
      consumer: (config: ConsumerConfig) => this.#consumer(config),
    } as unknown as Kafka;
  }

  /** Resolves when the consumer runs: it may join then. */
  get running(): Promise<void> {
    return this.#running.promise;
  }

  /** The group rebalances, and the consumer gets these topics. */
  join(...assigned: string[]): void {
    this.#assigner!.protocol({ topics });
    const memberAssignment = Object.fromEntries(assigned.map((topic) => [topic, [0]]));
    this.#listeners.get("GROUP_JOIN")!({ payload: { memberAssignment } });
  }

  /** The consumer is about to join again. */
  rejoin(): void {
    this.#assigner!.protocol({ topics });
  }

  /** The consumer breaks down, as kafkajs tells it. */
  crash(error: Error): void {
    this.#listeners.get("CRASH")!({ payload: { error } });
  }

  /** The consumer hands out a batch. */
  handOut(payload: EachBatchPayload): Promise<void> {
    return this.#eachBatch!(payload);
  }

  /** The consumer fetches from where a topic stands. */
  async fetch(topic: string, fetchOffset: number): Promise<void> {
    const partitions = [{ partition: 0, fetchOffset: String(fetchOffset), maxBytes: 1 }];
    const request: FetchRequest = {
      ...{ maxWaitTime: 0, minBytes: 1, maxBytes: 1, isolationLevel: 1 },
      topics: [{ topic, partitions }],
    };
    await (await this.#cluster.findBroker()).fetch(request);
  }

  readonly #broker = {
    nodeId: 0,
    // It speaks no version that knows ids of topics.
    versions: {},
    fetch: ({ topics: [one] }: FetchRequest) => {
      this.asked.push(`fetch ${one!.topic}`);
      this.onFetch();
      return Promise.resolve({ responses: [] });
    },
    listOffsets: ({ topics }: Parameters<Broker["listOffsets"]>[0]) =>
      Promise.resolve({
        responses: topics.map(({ topic, partitions: [one] }) => {
          const { low, high } = this.logs.get(topic)!;
          const offset = String(one!.timestamp === -1 ? high : low);
          return { topic, partitions: [{ partition: 0, offset }] };
        }),
      }),
  };

  readonly #cluster = {
    connect: () => Promise.resolve(),
    refreshMetadata: () => Promise.resolve(),
    refreshMetadataIfNecessary: () => Promise.resolve(),
    addMultipleTargetTopics: () => Promise.resolve(),
    getNodeIds: () => ["0"],
    findBroker: () => Promise.resolve(this.#broker),
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 0 }],
  };

  readonly #admin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve([...topics, "dead_letter_topic"]),
    fetchTopicMetadata: () => Promise.resolve({}),
    describeGroups: () => Promise.resolve({ groups: [{ state: "Stable", members: [] }] }),
    fetchOffsets: async () => {
      await this.onLook();
      return topics.map((topic) => ({
        topic,
        partitions: [{ partition: 0, offset: String(this.logs.get(topic)!.committed) }],
      }));
    },
  };

  #consumer({ groupId, partitionAssigners = [] }: ConsumerConfig): Consumer {
    const cluster = this.#cluster;
    this.#assigner = partitionAssigners[0]!(
      { cluster, groupId } as unknown as Parameters<PartitionAssigner>[0],
    );
    const note = (what: string) => (places: { topic: string }[]) =>
      void this.asked.push(`${what} ${places.map(({ topic }) => topic).join()}`);
    return {
      events: { CRASH: "CRASH", GROUP_JOIN: "GROUP_JOIN" },
      on: (event: string, listener: (event: { payload: unknown }) => void) =>
        this.#listeners.set(event, listener),
      connect: () => this.#connectGroup(),
      disconnect: () => Promise.resolve(void this.asked.push("disconnect")),
      subscribe: () => Promise.resolve(),
      run: ({ eachBatch }: { eachBatch: (payload: EachBatchPayload) => Promise<void> }) => {
        this.#eachBatch = eachBatch;
        this.#running.resolve();
        return Promise.resolve();
      },
      pause: note("pause"),
      resume: note("resume"),
      seek: ({ topic, offset }: { topic: string; offset: string }) =>
        void this.asked.push(`seek ${topic} to ${offset}`),
    } as unknown as Consumer;
  }

  /** As kafkajs does it, whose group is where a generation's commits go. */
  async #connectGroup(): Promise<void> {
    await ConsumerGroup.prototype.connect.call({
      cluster: this.#cluster,
      instrumentationEmitter: { emit() {} },
      offsetManager: {
        commitOffsets: async ({ topics }: OffsetsByTopicPartition) => {
          await this.onCommit();
          for (const { topic, partitions: [one] } of topics) {
            this.asked.push(`commit ${topic} at ${one!.offset}`);
          }
        },
      },
    });
  }
}
