import { type Asked, kafkaExplanations, LATER_CODES } from "./kafka_error_codes.ts";
import { causesOf, isUnknownHost, rootMessage, ServiceError, UserError } from "../cli/errors.ts";
import { explainSignIn } from "./refusal.ts";
import type { Settings } from "../cli/settings.ts";
import { taskCommand } from "../cli/task_command.ts";

/** What kafkajs throws; its classes are not exported by name. */
interface KafkaError extends Error {
  /** The name of the broker's error, such as NOT_ENOUGH_REPLICAS; absent if no response arrived. */
  readonly type?: string;
  readonly retriable?: boolean;
}

/**
 * A Kafka client error for the user: what failed, why, and what to do. The texts are in
 * kafka_error_codes.ts; those about connecting and signing in are in explainKafkaRefusal().
 *
 * Source: the Kafka protocol guide, "Error Codes".
 *
 * @param asked names the topic or group: kafkajs' errors seldom do
 */
export function explainKafka(error: unknown, settings: Settings, asked: Asked = {}): ServiceError {
  if (error instanceof ServiceError) return error;
  const service = kafkaService(settings);
  if (error instanceof UserError) {
    return new ServiceError(service, error.message, error.hint ?? "see the broker's log", {
      cause: error,
    });
  }
  const signIn = explainSignIn(error, settings);
  if (signIn) return signIn;
  const refusal = brokerError(error);
  if (!refusal) return kafkaUnreachable(settings, error);
  const type = typeOf(refusal);
  const { why, hint, canRetry = true } = kafkaExplanations(asked)[type] ??
    { why: `unexpected response: ${refusal.message}`, hint: "see the broker's log" };
  return new ServiceError(
    // An error about one topic says nothing about the others.
    asked.topic && !canRetry ? `The topic ${asked.topic} of ${service}` : service,
    `${service}: ${why} (${type})`,
    hint,
    { canRetry, cause: error },
  );
}

/** Runs work that uses Kafka: errors of its client are explained, others pass through. */
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

/** The brokers, in words. */
export function kafkaService({ brokers }: Pick<Settings, "brokers">): string {
  return `Kafka at ${brokers.join(", ")}`;
}

/** The error for brokers that do not respond: which address, and what to do. */
export function kafkaUnreachable(settings: Settings, cause: unknown): ServiceError {
  return new ServiceError(
    kafkaService(settings),
    `Cannot reach ${kafkaService(settings)}: ${rootMessage(cause)}`,
    `start it with: ${taskCommand("kafka:start")} (another address: set KAFKA_BROKERS)`,
    { canRetry: true, isUnknownHost: isUnknownHost(cause), cause },
  );
}

/** The broker's own error inside kafkajs' wrapping; undefined if no broker responded. */
export function brokerError(error: unknown): KafkaError | undefined {
  return find(error, ({ type, name }) => name.startsWith("KafkaJS") && typeof type === "string");
}

/** Whether an error comes from the Kafka client. */
export function isKafkaError(error: unknown): boolean {
  return find(error, ({ name }) => name.startsWith("KafkaJS")) !== undefined;
}

/** Whether a broker rejected messages for their size. */
export function isTooLarge(error: unknown): boolean {
  const type = typeOf(brokerError(error));
  return type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE";
}

/** Whether a broker has fenced a producer because a newer one has its transactional id. */
export function isFenced(error: unknown): boolean {
  const type = typeOf(brokerError(error));
  return type === "INVALID_PRODUCER_EPOCH" || type === "PRODUCER_FENCED";
}

/** The name of a broker's error. */
function typeOf(error: KafkaError | undefined): string {
  const [, number] = /^Unknown error code (\d+)$/.exec(error?.message ?? "") ?? [];
  return number === undefined ? error?.type ?? "" : LATER_CODES[number] ?? error!.type!;
}

function find(error: unknown, isIt: (error: KafkaError) => boolean): KafkaError | undefined {
  return causesOf(error).map((cause) => cause as KafkaError).find(isIt);
}
