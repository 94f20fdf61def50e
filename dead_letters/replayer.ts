import type { Admin, Kafka, Producer, Transaction } from "kafkajs";
import { backoff } from "../shared/backoff.ts";
import { rootMessage, UserError } from "../shared/errors.ts";
import { deadLetterTopic } from "../shared/events.ts";
import type { Settings } from "../shared/settings.ts";
import type { Place } from "./record.ts";
import { type Return, sendReturns } from "./send_returns.ts";
import { untilVisible } from "./visible.ts";

/** Sends letters back to the topics that they came from. */
export interface Replayer extends AsyncDisposable {
  /**
   * Sends some letters back, and marks them as replayed: all of it or nothing. Those who read the
   * topics afterwards see it.
   *
   * @returns where each lies now
   * @throws {UserError} when Kafka refuses it, or another replay has begun
   */
  replay(returns: readonly Return[]): Promise<Place[]>;
}

/** How often the broker is asked while it still completes a transaction. */
const RETRIES = 10;
/** A new cluster makes the topic of transactions only when the first producer asks for it. */
const COORDINATOR_TRIES = 20;

/**
 * Connects a transactional producer. The messages and their marks are one transaction, so a crash
 * between them replays nothing twice. The transactional id is the same for all replays of a topic
 * prefix: connecting ends a transaction that a crashed replay left open, and the broker refuses all
 * further requests of a replay that runs elsewhere. So whoever reads which letters were replayed
 * after connecting cannot send one that another has sent.
 *
 * @throws kafkajs' errors; `signal.reason` when aborted
 */
export async function connectReplayer(
  { kafka, admin, settings }: { kafka: Kafka; admin: Admin; settings: Settings },
  signal?: AbortSignal,
): Promise<Replayer> {
  const producer = kafka.producer({
    transactionalId: `${settings.topicPrefix}automotive-replay`,
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Messages name their partition.
    createPartitioner: () => ({ message }) => message.partition!,
    retry: { retries: RETRIES, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  try {
    await producer.connect();
    await fenceOthers(producer, signal);
  } catch (error) {
    await producer.disconnect();
    throw error;
  }
  const topic = deadLetterTopic(settings.topicPrefix);
  return {
    replay: async (returns) => {
      const { messages, marks } = await inTransaction(
        producer,
        (transaction) => sendReturns(transaction, returns, topic),
      );
      await untilVisible(admin, [...messages, ...marks])
        .catch(() => {/* It is sent all the same. */});
      return messages;
    },
    [Symbol.asyncDispose]: () => producer.disconnect(),
  };
}

/** kafkajs asks for the transactional id with the first transaction only: an empty one does it. */
async function fenceOthers(producer: Producer, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await (await producer.transaction()).abort();
    } catch (error) {
      if (attempt === COORDINATOR_TRIES) throw error;
    }
    await backoff(attempt, { base: 100, max: 1_000, signal });
  }
}

async function inTransaction<T>(
  producer: Producer,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const transaction = await producer.transaction();
  let result: T;
  try {
    result = await work(transaction);
  } catch (error) {
    await transaction.abort().catch(() => {/* The broker aborts it when its time is over. */});
    throw refused(error);
  }
  try {
    await transaction.commit();
  } catch (error) {
    throw refused(error);
  }
  return result;
}

function refused(error: unknown): UserError {
  const fenced = /epoch|fenced/i.test(rootMessage(error));
  return new UserError(
    fenced
      ? "Another replay has begun: this one has stopped"
      : `Kafka did not take the replay: ${rootMessage(error)}`,
    "run it again: what has been replayed is remembered, nothing is sent twice",
    { cause: error },
  );
}
