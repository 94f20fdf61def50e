import { retry } from "../../shared/cli/retry.ts";

/** How often it is asked: a topic is made, or deleted, in less. */
const TRIES = 5;

/**
 * Asks Kafka about many topics, and once more when one of them is just being made, deleted, or moved: no
 * broker knows all of it in that moment.
 *
 * @throws kafkajs' errors
 */
export async function whileTopicsChange<T>(question: () => Promise<T>): Promise<T> {
  return await retry(question, {
    maxAttempts: TRIES,
    base: 100,
    max: 1_000,
    isRetriable,
  });
}

/** Whether a broker has answered that it cannot tell yet; kafkajs wraps that in other errors. */
function isRetriable(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { type, retriable } = current as { type?: string; retriable?: boolean };
    if (type !== undefined && retriable === true) return true;
  }
  return false;
}
