import type { Kafka, Producer } from "kafkajs";
import { retry } from "../shared/cli/retry.ts";
import type { Settings } from "../shared/cli/settings.ts";

/** How often the broker is asked while it still completes a transaction. */
const RETRIES = 10;
/** A new cluster creates __transaction_state only for the first transactional producer. */
const COORDINATOR_TRIES = 20;

/**
 * Connects a producer under the transactional id of all replays of a topic prefix, with an epoch of
 * its own. What was open under an earlier epoch is aborted by then, and what was being committed is
 * committed.
 *
 * @throws kafkajs' errors; `signal.reason` when aborted
 */
export async function beginEpoch(
  { kafka, settings }: { kafka: Kafka; settings: Settings },
  signal?: AbortSignal,
): Promise<Producer> {
  const producer = kafka.producer({
    transactionalId: `${settings.topicPrefix}automotive-replay`,
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Each message names its partition.
    createPartitioner: () => ({ message }) => message.partition!,
    retry: { retries: RETRIES, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  try {
    await producer.connect();
    await initTransactions(producer, signal);
    return producer;
  } catch (error) {
    await producer.disconnect();
    throw error;
  }
}

/** kafkajs asks for the epoch with the first transaction only: an empty one does it. */
async function initTransactions(producer: Producer, signal?: AbortSignal): Promise<void> {
  const options = { maxAttempts: COORDINATOR_TRIES, base: 100, max: 1_000, signal };
  await retry(async () => await (await producer.transaction()).abort(), options);
}
