import { CompressionTypes, type Kafka, type KafkaJSProtocolError, type Producer } from "kafkajs";
import { rootMessage, UserError } from "../shared/errors.ts";
import type { Event } from "../shared/events.ts";
import { explainKafkaRefusal } from "../shared/kafka_refusal.ts";
import { explainNetDenied } from "../shared/net_permission.ts";
import type { Settings } from "../shared/settings.ts";
import { groupByPartition, type Partitions } from "./partitions.ts";
import { insist } from "./insist.ts";

/** Writes events to their topics. */
export interface Publisher extends AsyncDisposable {
  /**
   * Publishes events, each exactly once. One call at a time.
   *
   * @param onAck told of events as soon as the brokers have acknowledged them
   */
  publish(
    events: readonly Event[],
    onAck: (events: readonly Event[]) => Promise<void>,
  ): Promise<void>;
}

/** The broker knows nothing, or something else, of our earlier batches. */
const LOST_SEQUENCE = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
]);

/**
 * Connects an idempotent producer. While Kafka is away it waits and tries again, for ever.
 *
 * A request carries one partition, and there is one request at a time, because kafkajs 2.2.4 is
 * exactly-once only so. After a lost answer it gives the sequence numbers back, and a second request
 * to the partition would take them: the broker would then drop it as a repeat. And when a request of
 * several partitions fails in part, what went to another broker is sent under new numbers, or, if
 * its leader moved to a broker that has answered, not at all.
 *
 * @param options.giveUp ends all waiting: the outcome of events in flight is then unknown
 * @param options.onWait told why, once, when Kafka has gone away
 * @param options.onBack told when it is back
 * @param options.warn told of acknowledged events that the brokers seem to have lost
 */
export async function connectPublisher(
  kafka: Kafka,
  options: {
    settings: Settings;
    partitions: Partitions;
    giveUp: AbortSignal;
    onWait: (why: string) => void;
    onBack: () => void;
    warn: (message: string) => void;
  },
): Promise<Publisher> {
  const { settings, partitions, giveUp: signal, onWait, onBack, warn } = options;
  const fatal = async (error: unknown) =>
    explainNetDenied(error, "producer") ?? await explainKafkaRefusal(error, settings, signal) ??
      explainRefusal(error);
  let producer = await insist(() => connectProducer(kafka), { signal, fatal, onWait, onBack });

  const renew = async (error: unknown) => {
    if (!LOST_SEQUENCE.has(protocolError(error)?.type ?? "")) return fatal(error);
    // The brokers refused the batch, so it is not in the log: a new producer may send it again.
    warn(
      `Kafka lost track of this producer, perhaps with acknowledged events: ${rootMessage(error)}`,
    );
    await producer.disconnect();
    producer = await insist(() => connectProducer(kafka), { signal, fatal, onWait, onBack });
  };

  return {
    async publish(events, onAck) {
      for (const batch of groupByPartition(events, { partitions, prefix: settings.topicPrefix })) {
        const { topic, messages } = batch;
        const send = async () => {
          const [ack] = await producer.send({
            topic,
            messages,
            acks: -1,
            compression: CompressionTypes.GZIP,
          });
          // kafkajs reports success when it found no leader to send to.
          if (!ack) throw new Error(`no broker leads ${topic} partition ${batch.partition}`);
        };
        await insist(send, { signal, fatal: renew, onWait, onBack });
        await onAck(batch.events);
      }
    },
    [Symbol.asyncDispose]: () => producer.disconnect(),
  };
}

async function connectProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Messages name their partition.
    createPartitioner: () => ({ message }) => message.partition!,
    // Longer outages are waited for outside, where the waiting can be told and ended.
    retry: { retries: 1, initialRetryTime: 100 },
  });
  await producer.connect();
  return producer;
}

/** The broker's own error inside what kafkajs wraps it in. (Its classes are no named exports.) */
function protocolError(error: unknown): KafkaJSProtocolError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === "KafkaJSProtocolError") return current as KafkaJSProtocolError;
  }
}

/** What no further try would change. */
function explainRefusal(error: unknown): UserError | undefined {
  const refusal = protocolError(error);
  if (!refusal || refusal.retriable) return undefined;
  return new UserError(
    `Kafka refused an event: ${refusal.message} (${refusal.type})`,
    "check the broker's log and the topic's settings",
    { cause: error },
  );
}
