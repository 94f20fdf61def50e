import type { Admin, Kafka, Producer, Transaction } from "kafkajs";
import { backoff } from "../shared/cli/backoff.ts";
import { UserError } from "../shared/cli/errors.ts";
import { deadLetterTopic } from "../shared/catalogue/events.ts";
import { brokerError, explainKafka, isFenced } from "../shared/kafka/broker_errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import type { Letter } from "./letters.ts";
import { formatPlace, type Place } from "../shared/formats/place.ts";
import { followMarks } from "./replay_marks.ts";
import type { ReplayItem } from "./replay_batches.ts";
import { sendBatch } from "./send_batch.ts";
import { beginEpoch } from "./transactional_producer.ts";
import { untilVisible } from "./visible.ts";

/** Sends letters back to the topics that they came from. */
export interface Replayer extends AsyncDisposable {
  /**
   * Sends some letters back, and marks them as replayed: all of it or nothing. Those who read the
   * topics afterwards see it.
   *
   * @returns where each lies now; undefined where another replay has sent it back meanwhile
   * @throws {UserError} when Kafka refuses it, or another replay has begun; `signal.reason` when
   *   aborted
   */
  replay(items: readonly ReplayItem[]): Promise<(Place | undefined)[]>;
}

/** What to do when a replay has stopped early. */
export const AGAIN = "run it again: replays are recorded, nothing is sent twice";

/** How often a transaction of unknown outcome is checked and, if it has failed, repeated. */
const TRIES = 5;

/**
 * Connects a transactional producer. The messages and their marks are one transaction, so a crash
 * between them replays nothing twice.
 *
 * Every transaction has a producer epoch of its own. To begin one ends what is open under the
 * earlier ones, waits for what is being completed, and has the broker refuse all that they may
 * still send: a replay that crashed or runs elsewhere, and a request of our own that was held up on
 * its way. With one epoch for several transactions such a late EndTxn would end the wrong one, for
 * the protocol that kafkajs speaks does not say which it means.
 *
 * So at the beginning of an epoch it is settled what all earlier transactions have done. Whoever
 * then reads which letters are marked, and sends others only, sends none a second time.
 *
 * Source: KIP-98; KIP-890, "Transactions Server-Side Defense"; Jepsen, "Bufstream 0.1.0", 2024.
 *
 * @throws kafkajs' errors; `signal.reason` when aborted
 */
export async function connectReplayer(
  world: { kafka: Kafka; admin: Admin; settings: Settings },
  signal?: AbortSignal,
): Promise<Replayer> {
  const { admin, settings } = world;
  const topic = deadLetterTopic(settings.topicPrefix);
  // The letters are read after this: the first transaction knows all marks.
  let producer: Producer | undefined = await beginEpoch(world, signal);
  const marks = await followMarks(world, topic);

  const close = async () => {
    await producer?.disconnect();
    producer = undefined;
  };
  return {
    async replay(items) {
      const sent = new Map<Letter, Place>();
      const tried = new Set<string>();
      for (let attempt = 1;; attempt++) {
        try {
          if (!producer) {
            producer = await beginEpoch(world, signal);
            await marks.read(signal);
          }
          for (const { letter } of items) {
            const to = marks.of(letter)?.to;
            if (to && tried.has(formatPlace(to))) sent.set(letter, to);
          }
          const waiting = items.filter(({ letter }) => !marks.of(letter));
          if (waiting.length > 0) {
            const onTried = (places: Place[]) =>
              places.forEach((place) => tried.add(formatPlace(place)));
            const places = await inTransaction(
              producer,
              (transaction) => sendBatch(transaction, waiting, topic),
              ({ messages }) => onTried(messages),
            );
            waiting.forEach(({ letter }, i) => sent.set(letter, places.messages[i]!));
            marks.pass(places.marks);
            await untilVisible(admin, [...places.messages, ...places.marks])
              .catch(() => {/* It is sent all the same. */});
          }
          return items.map(({ letter }) => sent.get(letter));
        } catch (error) {
          signal?.throwIfAborted();
          if (attempt === TRIES || isFinal(error)) throw refused(error, settings);
        } finally {
          await close();
        }
        await backoff(attempt, { signal });
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

/**
 * @param onSent called with what was sent, before it is committed: from then on the outcome can be
 * unsure
 */
async function inTransaction<T>(
  producer: Producer,
  work: (transaction: Transaction) => Promise<T>,
  onSent: (result: T) => void,
): Promise<T> {
  const transaction = await producer.transaction();
  let result: T;
  try {
    result = await work(transaction);
  } catch (error) {
    await transaction.abort().catch(() => {/* The next epoch ends it. */});
    throw error;
  }
  onSent(result);
  await transaction.commit();
  return result;
}

/** The broker no longer knows the state of our epoch; in a new one it can be done again. */
const LOST_STATE = new Set([
  "INVALID_TXN_STATE",
  "UNKNOWN_PRODUCER_ID",
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "INVALID_PRODUCER_ID_MAPPING",
]);

/** Whether a retry cannot help. */
function isFinal(error: unknown): boolean {
  const refusal = brokerError(error);
  return refusal !== undefined && !refusal.retriable && !LOST_STATE.has(refusal.type!);
}

function refused(error: unknown, settings: Settings): UserError {
  const { message, hint } = explainKafka(error, settings);
  return isFenced(error)
    ? new UserError("Another replay has started: this one stopped", AGAIN, { cause: error })
    : new UserError(`The replay stopped: ${message}`, `${hint}; then ${AGAIN}`, {
      cause: error,
    });
}
