import { type Admin, Kafka, type logCreator, logLevel } from "kafkajs";
import { retry } from "../cli/retry.ts";
import { registerCodecs } from "./codecs/codecs.ts";
import { ServiceError } from "../cli/errors.ts";
import { deadLetterTopic, topicOf, types } from "../catalogue/events.ts";
import { brokerError, explainKafka } from "./broker_errors.ts";
import { patchEncoder } from "./encoder.ts";
import { explainKafkaRefusal } from "./refusal.ts";
import { assertNetAllowed } from "../cli/net_permission.ts";
import { patchOffsetReset } from "./offset_reset.ts";
import { orAborted } from "../cli/or_aborted.ts";
import { patchRequestQueue } from "./request_queue.ts";
import { securityOptions } from "./security_options.ts";
import type { Settings } from "../cli/settings.ts";

/**
 * How long a program keeps trying to reach Kafka when it starts, in ms. A host name that nobody
 * knows may be that of a container that is being started, for no longer than that.
 */
const TIMEOUT_MS = 30_000;

/**
 * A kafkajs client of the settings' brokers, protected as the settings say, all four compression
 * codecs registered. kafkajs' own log is silent: what the user needs to know reaches them as an
 * error or in the status.
 *
 * @param role names the program in the broker's logs, and its permission set
 * @throws {UserError} when the permission set does not allow a broker's host, or the authorities to
 *   trust cannot be read
 */
export function kafkaClient(settings: Settings, role: string): Kafka {
  assertNetAllowed(settings.brokers);
  registerCodecs();
  patchRequestQueue();
  patchOffsetReset();
  patchEncoder();
  return new Kafka({
    clientId: `automotive-${role}`,
    brokers: [...settings.brokers],
    ...securityOptions(settings.kafkaSecurity),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    logLevel: logLevel.NOTHING,
    logCreator: silent,
    retry: { retries: 0 },
  });
}

/**
 * Connects an admin client, retrying with back-off while no broker responds; one that refuses us
 * ends the retries at once.
 * Dispose it to disconnect.
 *
 * @param options.timeout how long to try, in ms
 * @param options.onRetry called once with the reason, when the first attempt has failed
 * @throws {ServiceError} when no broker answered in time, or it refused us; `signal.reason` when
 *   aborted
 */
export async function connectAdmin(
  kafka: Kafka,
  settings: Settings,
  options: {
    timeout?: number;
    signal?: AbortSignal;
    onRetry?: (why: ServiceError) => void;
  } = {},
): Promise<Admin & AsyncDisposable> {
  const { timeout = TIMEOUT_MS, signal = new AbortController().signal, onRetry } = options;
  const begun = performance.now();
  return await retry(() => connectOnce(kafka, settings, signal), {
    maxAttempts: Infinity,
    max: 3_000,
    signal,
    isRetriable(error) {
      const { canRetry, isUnknownHost } = error as ServiceError;
      const limit = isUnknownHost ? Math.min(timeout, TIMEOUT_MS) : timeout;
      return canRetry && performance.now() - begun < limit;
    },
    onRetry(error, attempt) {
      if (attempt === 1) onRetry?.(error as ServiceError);
    },
  });
}

/** @throws {ServiceError} when no broker answers, or it refuses us; `signal.reason` when aborted */
async function connectOnce(
  kafka: Kafka,
  settings: Settings,
  signal: AbortSignal,
): Promise<Admin & AsyncDisposable> {
  const admin = kafka.admin();
  try {
    await orAborted(admin.connect(), signal);
    // A port that accepts connections is not a broker yet; and kafkajs' calls about groups need to
    // know the brokers.
    await orAborted(admin.listTopics(), signal);
    return Object.assign(admin, { [Symbol.asyncDispose]: () => admin.disconnect() });
  } catch (error) {
    const disconnected = admin.disconnect().catch(() => {});
    signal.throwIfAborted();
    await disconnected;
    throw await explainKafkaRefusal(error, settings, signal) ?? explainKafka(error, settings);
  }
}

/** How often creating topics, and finding a coordinator, is attempted. */
const TOPIC_TRIES = 10;
const COORDINATOR_TRIES = 20;
/** How long a broker may take to make hundreds of partitions, in ms. */
const LEADERS_MS = 120_000;

/**
 * Creates the missing topics of the event types and the dead letter topic, and
 * waits until the new ones have active leaders. Safe to run in several programs at once.
 *
 * @throws {ServiceError} when they cannot be created; `signal.reason` when aborted
 */
export async function ensureTopics(
  admin: Admin,
  settings: Settings,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = [
    ...types.map((type) => topicOf(type, settings.topicPrefix)),
    deadLetterTopic(settings.topicPrefix),
  ];
  const made = new Set<string>();
  const create = async () => {
    const present = new Set(await admin.listTopics());
    const topics = wanted.filter((topic) => !present.has(topic)).map((topic) => ({
      topic,
      numPartitions: settings.partitions,
    }));
    for (const { topic } of topics) made.add(topic);
    if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: false });
    // Fails while a partition has no leader yet.
    await admin.fetchTopicMetadata({ topics: wanted });
    // A KRaft broker names the leader a moment before it leads; only an active leader lists
    // offsets.
    await Promise.all([...made].map((topic) => admin.fetchTopicOffsets(topic)));
  };
  try {
    const begun = performance.now();
    let tries = 0;
    await retry(create, {
      maxAttempts: Infinity,
      base: 100,
      max: 2_000,
      signal,
      isRetriable: (error) =>
        isBeingMade(error) ? performance.now() - begun < LEADERS_MS : ++tries < TOPIC_TRIES,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw topicsMissing(settings, error);
  }
}

/**
 * Waits until the group has a coordinator: a new cluster creates __consumer_offsets only
 * when the first group needs it.
 *
 * @throws kafkajs' error when there is none after some seconds; `signal.reason` when aborted
 */
export async function ensureCoordinator(
  admin: Admin,
  groupId: string,
  signal?: AbortSignal,
): Promise<void> {
  const options = { maxAttempts: COORDINATOR_TRIES, base: 100, max: 1_000, signal };
  await retry(() => admin.describeGroups([groupId]), options);
}

/** Whether a partition has no leader yet that knows of it. */
function isBeingMade(error: unknown): boolean {
  const { type = "" } = brokerError(error) ?? {};
  return /^(LEADER_NOT_AVAILABLE|NOT_LEADER_FOR_PARTITION|UNKNOWN_TOPIC_OR_PARTITION)$/.test(type);
}

function topicsMissing(settings: Settings, cause: unknown): ServiceError {
  const { service, message, hint, canRetry, isUnknownHost } = explainKafka(cause, settings);
  return new ServiceError(service, `Cannot create the topics: ${message}`, hint!, {
    canRetry,
    isUnknownHost,
    cause,
  });
}

const silent: logCreator = () => () => {};
