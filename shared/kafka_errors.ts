import { rootMessage, UserError } from "./errors.ts";
import { explainSignIn } from "./kafka_refusal.ts";
import type { Settings } from "./settings.ts";
import { taskCommand } from "./task_command.ts";

/** What kafkajs throws; its classes are no named exports. */
interface KafkaError extends Error {
  /** The name of the broker's error, such as NOT_ENOUGH_REPLICAS; absent when no answer came. */
  readonly type?: string;
  readonly retriable?: boolean;
}

/** What was asked of Kafka when it failed. */
export interface Asked {
  readonly topic?: string;
  readonly group?: string;
}

type Explanation = readonly [why: string, hint: string];

/**
 * An error of Kafka's client as a person needs it: what failed, why, and what to do. The one home of
 * these words; only how brokers are connected to has another (explainKafkaRefusal()).
 *
 * Source: the Kafka protocol guide, "Error Codes".
 *
 * @param asked names what was asked for: kafkajs' errors seldom do
 */
export function explainKafka(error: unknown, settings: Settings, asked: Asked = {}): UserError {
  if (error instanceof UserError) return error;
  const signIn = explainSignIn(error, settings);
  if (signIn) return signIn;
  const refusal = brokerError(error);
  if (!refusal) return kafkaUnreachable(settings, error);
  const type = refusal.type!;
  const [why, hint] = explanations(asked)[type] ??
    [`it answers: ${refusal.message}`, "see the broker's log"];
  return new UserError(`Kafka at ${settings.brokers.join(", ")}: ${why} (${type})`, hint, {
    cause: error,
  });
}

/** Does something with Kafka: what its client throws is explained, any other error stays what it is. */
export async function explainingKafka<T>(
  settings: Settings,
  work: () => Promise<T>,
  asked?: Asked,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isKafkaError(error) ? explainKafka(error, settings, asked) : error;
  }
}

/** The error for brokers that do not answer: which address, and what to do. */
export function kafkaUnreachable(settings: Settings, cause: unknown): UserError {
  return new UserError(
    `Cannot reach Kafka at ${settings.brokers.join(", ")}: ${rootMessage(cause)}`,
    `start it with: ${taskCommand("kafka:start")} (another address: set KAFKA_BROKERS)`,
    { cause },
  );
}

/** What a broker itself has answered, inside of what kafkajs wraps it in; undefined if none did. */
export function brokerError(error: unknown): KafkaError | undefined {
  return find(error, ({ type, name }) => name.startsWith("KafkaJS") && typeof type === "string");
}

/** Whether an error comes from Kafka's client. */
export function isKafkaError(error: unknown): boolean {
  return find(error, ({ name }) => name.startsWith("KafkaJS")) !== undefined;
}

/** Whether a broker did not take messages for their size. */
export function isTooLarge(error: unknown): boolean {
  const { type = "" } = brokerError(error) ?? {};
  return type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE";
}

/** Whether a broker refuses a producer because a newer one has its transactional id. */
export function isFenced(error: unknown): boolean {
  const { type = "" } = brokerError(error) ?? {};
  return type === "INVALID_PRODUCER_EPOCH" || type === "PRODUCER_FENCED";
}

/** An error as one line, for who waits: with what would end the wait. */
export function reasonOf({ message, hint }: UserError): string {
  return hint ? `${message}; ${hint}` : message;
}

function explanations({ topic, group }: Asked): Record<string, Explanation> {
  const named = topic ? `the topic ${topic}` : "the topic";
  const tooLarge: Explanation = [
    `a message is larger than ${named} takes`,
    `raise max.message.bytes of ${named}`,
  ];
  const noLeader: Explanation = [
    `a partition of ${named} has no leader at the moment`,
    "see which brokers run, and their logs",
  ];
  const fewReplicas: Explanation = [
    `${named} has fewer in-sync replicas than it demands`,
    `bring its brokers back, or lower min.insync.replicas of ${named}`,
  ];
  const fenced: Explanation = [
    "another producer has the transactional id of this one now",
    "see who else runs with it",
  ];
  const coordinator: Explanation = ["it has no coordinator at the moment", "see the broker's log"];
  return {
    TOPIC_AUTHORIZATION_FAILED: [
      `this client may not use ${named}`,
      `allow its user to describe, read and write ${named} (an ACL)`,
    ],
    GROUP_AUTHORIZATION_FAILED: [
      `this client may not use the consumer group${group ? ` ${group}` : ""}`,
      "allow its user to read the group (an ACL), or set CONSUMER_GROUP to one that it may use",
    ],
    CLUSTER_AUTHORIZATION_FAILED: [
      "this client may not do that in the cluster",
      "allow its user to create topics and to write idempotently (an ACL)",
    ],
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [
      "this client may not use its transactional id",
      "allow its user to describe and write it (an ACL)",
    ],
    UNKNOWN_TOPIC_OR_PARTITION: [
      `${named} is not there, or has fewer partitions than before`,
      "producers and consumers make their topics when they start: see TOPIC_PREFIX",
    ],
    MESSAGE_TOO_LARGE: tooLarge,
    RECORD_LIST_TOO_LARGE: tooLarge,
    LEADER_NOT_AVAILABLE: noLeader,
    NOT_LEADER_FOR_PARTITION: noLeader,
    NOT_ENOUGH_REPLICAS: fewReplicas,
    NOT_ENOUGH_REPLICAS_AFTER_APPEND: fewReplicas,
    INVALID_PRODUCER_EPOCH: fenced,
    PRODUCER_FENCED: fenced,
    GROUP_COORDINATOR_NOT_AVAILABLE: coordinator,
    NOT_COORDINATOR_FOR_GROUP: coordinator,
    INVALID_TIMESTAMP: [
      `the time of a message is further from now than ${named} takes`,
      `see message.timestamp.before.max.ms and message.timestamp.after.max.ms of ${named}`,
    ],
    KAFKA_STORAGE_ERROR: [
      `the disk of a broker that has ${named} fails`,
      "see the broker's log, and whether its disk is full",
    ],
    POLICY_VIOLATION: ["a policy of the cluster forbids it", "see the broker's log"],
  };
}

function find(error: unknown, isIt: (error: KafkaError) => boolean): KafkaError | undefined {
  for (let current = error; current instanceof Error; current = innerOf(current)) {
    if (isIt(current as KafkaError)) return current as KafkaError;
  }
}

/** kafkajs wraps one error as a cause, and several as a list. */
function innerOf(error: Error & { errors?: readonly unknown[] }): unknown {
  return error.cause ?? error.errors?.[0];
}
