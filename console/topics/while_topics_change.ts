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
    isRetriable: (error) => {
      const { type, retriable } = error as { type?: string; retriable?: boolean };
      // Without a type, no broker has answered.
      return type !== undefined && retriable === true;
    },
  });
}
