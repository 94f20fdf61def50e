import { type Kafka, type PartitionAssigner, PartitionAssigners } from "kafkajs";

/** The part of kafkajs' Broker that is used here: one node of the cluster. */
export interface Broker {
  readonly nodeId: number;
  /** The API versions that the node supports, by API key. */
  readonly versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>>;
  readonly connectionPool: { send(exchange: unknown): Promise<unknown> };
  /** Fetches records, with topics by name. */
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  /** Lists offsets by time; -1 is the log's end, -2 its start. */
  listOffsets(request: {
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }>;
}

/** A fetch request of kafkajs' consumer. */
export interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly rackId?: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly PartitionRequest[];
  }[];
}

/** Where to read a partition from, and the most bytes to return. */
export interface PartitionRequest {
  readonly partition: number;
  readonly fetchOffset: string;
  readonly maxBytes: number;
}

/** What kafkajs' consumer builds its batches from. */
export interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly unknown[];
  }[];
}

/**
 * The part of kafkajs' Cluster that is used here: what its clients share, connections and metadata.
 */
export interface Cluster {
  /** Connects to one broker. */
  connect(): Promise<void>;
  /** Disconnects from all brokers. */
  disconnect(): Promise<void>;
  /** Refreshes the metadata of the brokers, and of the topics it was asked about before. */
  refreshMetadata(): Promise<void>;
  /** Adds topics to the metadata, now and at every refresh. */
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  /** The ids of the known brokers. */
  getNodeIds(): string[];
  /** A broker, connected. */
  findBroker(node: { nodeId: number | string }): Promise<Broker>;
  /** The partitions of a topic in the metadata, and the leader of each. */
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
}

/**
 * A partition assigner that hands out its consumer's Cluster, which kafkajs keeps to itself but
 * passes to the assigners' factories, at the moment when the consumer is made.
 */
export function withCluster(
  inner: PartitionAssigner,
  take: (cluster: Cluster) => void,
): PartitionAssigner {
  return (config) => {
    take((config as unknown as { cluster: Cluster }).cluster);
    return inner(config);
  };
}

/**
 * A connected Cluster for programs that have no consumer. It is the one of a consumer that is made
 * for this and never joins its group, so the group never exists. Dispose it to disconnect.
 *
 * @throws kafkajs' error when no broker answers
 */
export async function connectCluster(kafka: Kafka): Promise<Cluster & AsyncDisposable> {
  let cluster: Cluster | undefined;
  kafka.consumer({
    groupId: "never-joined",
    allowAutoTopicCreation: false,
    partitionAssigners: [withCluster(PartitionAssigners.roundRobin, (ours) => cluster = ours)],
  });
  await cluster!.connect();
  return Object.assign(cluster!, { [Symbol.asyncDispose]: () => cluster!.disconnect() });
}
