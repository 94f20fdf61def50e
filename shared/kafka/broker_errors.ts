import { type Asked, kafkaExplanations, LATER_CODES } from "./kafka_error_codes.ts";
import { causesOf, isUnknownHost, rootMessage, ServiceError, UserError } from "../cli/errors.ts";
import { explainSignIn } from "./refusal.ts";
import type { Settings } from "../cli/settings.ts";
import { taskCommand } from "../cli/task_command.ts";

/** What kafkajs throws; its classes are no named exports. */
interface KafkaError extends Error {
  /** The name of the broker's error, such as NOT_ENOUGH_REPLICAS; absent when no answer came. */
  readonly type?: string;
  readonly retriable?: boolean;
}

/**
 * An error of Kafka's client as a person needs it: what failed, why, and what to do. The words are in
 * kafka_error_codes.ts; how brokers are connected to has its own (explainKafkaRefusal()).
 *
 * Source: the Kafka protocol guide, "Error Codes".
 *
 * @param asked names what was asked for: kafkajs' errors seldom do
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
    // What is refused for a topic is no word about the others.
    asked.topic && !canRetry ? `The topic ${asked.topic} of ${service}` : service,
    `${service}: ${why} (${type})`,
    hint,
    { canRetry, cause: error },
  );
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

/** The brokers, for people. */
export function kafkaService({ brokers }: Pick<Settings, "brokers">): string {
  return `Kafka at ${brokers.join(", ")}`;
}

/** The error for brokers that do not answer: which address, and what to do. */
export function kafkaUnreachable(settings: Settings, cause: unknown): ServiceError {
  return new ServiceError(
    kafkaService(settings),
    `Cannot reach ${kafkaService(settings)}: ${rootMessage(cause)}`,
    `start it with: ${taskCommand("kafka:start")} (another address: set KAFKA_BROKERS)`,
    { canRetry: true, isUnknownHost: isUnknownHost(cause), cause },
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
  const type = typeOf(brokerError(error));
  return type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE";
}

/** Whether a broker refuses a producer because a newer one has its transactional id. */
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
