import OffsetManager from "kafkajs/src/consumer/offsetManager/index.js";
import { KafkaJSNonRetriableError } from "kafkajs/src/errors.js";

/**
 * Keeps kafkajs 2.2.4 from committing on its own: where a broker answers that an offset is out of
 * range, it commits the group's default offset (-2 or -1) without metadata, whatever `autoCommit`
 * says, and with it deletes what the group has written there. Here it is an error that ends the
 * consumer. Consumers that can do better hook their fetches (fetch_hook.ts) and never get here.
 *
 * Source: `recoverFromOffsetOutOfRange` in kafkajs' consumerGroup.js.
 */
export function patchOffsetReset(): void {
  OffsetManager.prototype.setDefaultOffset = (
    { topic, partition }: { readonly topic: string; readonly partition: number },
  ) =>
    Promise.reject(
      new KafkaJSNonRetriableError(
        `the log of ${topic}/${partition} does not hold the offset to read: it was deleted or truncated`,
      ),
    );
}
