import { CompressionTypes, type Kafka, type Message, type Producer } from "kafkajs";
import { rootMessage } from "../../shared/cli/errors.ts";
import type { Event } from "../../shared/catalogue/events.ts";
import { brokerError, explainKafka } from "../../shared/kafka/broker_errors.ts";
import { explainKafkaRefusal } from "../../shared/kafka/refusal.ts";
import { explainNetDenied } from "../../shared/cli/net_permission.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { exportMetrics } from "../../shared/metrics/export_metrics.ts";
import { Metrics } from "../../shared/metrics/metrics.ts";
import { groupByPartition, type Partitions } from "./partitions.ts";
import { traceSend } from "./trace_send.ts";
import { retryThroughOutages } from "./retry_through_outages.ts";

/** Writes events to their topics. */
export interface Publisher extends AsyncDisposable {
  /**
   * Publishes events, each exactly once. One call at a time.
   *
   * @param onAck called with events once the brokers have acknowledged them
   */
  publish(
    events: readonly Event[],
    onAck: (events: readonly Event[]) => Promise<void>,
  ): Promise<void>;
  /**
   * Appends records to a topic's first partition. No concurrent calls.
   *
   * @returns the offset of the first
   */
  append(topic: string, messages: Message[]): Promise<number>;
  /** Up to which offset each partition is written, by topic: of those that were written to. */
  readonly ends: Readonly<Record<string, Readonly<Record<number, number>>>>;
}

/** How long an added partition waits for its first event at most, in ms. */
const PARTITIONS_AGE_MS = 30_000;

/** The broker has lost, or disagrees about, our earlier batches. */
const LOST_SEQUENCE = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
]);

/**
 * Connects an idempotent producer. While Kafka is unreachable it retries for ever.
 *
 * A request holds one partition, and one request is in flight at a time, because only then is
 * kafkajs 2.2.4 exactly-once. After a lost response it reuses the sequence numbers, and a second
 * request to the partition would take them: the broker would then drop it as a repeat. And when a
 * request of several partitions fails in part, what went to another broker is sent under new
 * numbers, or, if its leader moved to a broker that has answered, not at all.
 *
 * @param options.partitions how many each topic has now; those added later get events as well
 * @param options.partitionsAge after how many ms the partition counts are refreshed
 * @param options.giveUp ends all waiting: the outcome of events in flight is then unknown
 * @param options.onWait called once, with the reason, when Kafka becomes unreachable
 * @param options.onRecovered called when it is back
 * @param options.warn called when the brokers seem to have lost acknowledged events
 */
export async function connectPublisher(
  kafka: Kafka,
  options: {
    settings: Settings;
    partitions: Partitions;
    partitionsAge?: number;
    giveUp: AbortSignal;
    onWait: (why: string) => void;
    onRecovered: () => void;
    warn: (message: string) => void;
  },
): Promise<Publisher> {
  const { settings, giveUp: signal, onWait, onRecovered, warn } = options;
  const partitions = new Map(options.partitions);
  const ends: Record<string, Record<number, number>> = {};
  const connect = () => connectProducer(kafka, partitions, options.partitionsAge);
  const fatal = async (error: unknown, topic?: string) =>
    explainNetDenied(error) ?? await explainKafkaRefusal(error, settings, signal) ??
      (brokerError(error)?.retriable === false
        ? explainKafka(error, settings, { topic })
        : undefined);
  let producer = await retryThroughOutages(connect, { signal, fatal, onWait, onRecovered });

  const renew = async (error: unknown, topic: string) => {
    if (!LOST_SEQUENCE.has(brokerError(error)?.type ?? "")) return await fatal(error, topic);
    // The brokers rejected the batch, so it is not in the log: a new producer may send it again.
    warn(
      `Kafka lost track of this producer, perhaps with acknowledged events: ${rootMessage(error)}`,
    );
    await producer.disconnect();
    producer = await retryThroughOutages(connect, { signal, fatal, onWait, onRecovered });
  };

  const metrics = new Metrics({ "messaging.system": "kafka", "messaging.operation.name": "send" });
  exportMetrics(metrics, "producers");

  /** @returns the offset of the first message */
  const send = async (topic: string, partition: number, messages: Message[]): Promise<number> => {
    const request = async () => {
      const [ack] = await producer.send({
        topic,
        messages,
        acks: -1,
        compression: CompressionTypes.GZIP,
      });
      // kafkajs reports success when it found no leader to send to.
      if (!ack) throw new Error(`no broker leads ${topic} partition ${partition}`);
      return Number(ack.baseOffset);
    };
    return await retryThroughOutages(request, {
      signal,
      fatal: (error) => renew(error, topic),
      onWait,
      onRecovered,
    });
  };

  return {
    async publish(events, onAck) {
      for (const batch of groupByPartition(events, { partitions, prefix: settings.topicPrefix })) {
        const { topic, partition, messages } = batch;
        const begun = performance.now();
        const first = await traceSend(topic, messages, () => send(topic, partition, messages));
        const attributes = { "messaging.destination.name": topic };
        metrics.add("messaging.client.sent.messages", messages.length, attributes);
        const seconds = (performance.now() - begun) / 1000;
        metrics.record("messaging.client.operation.duration", seconds, attributes);
        (ends[topic] ??= {})[partition] = first + messages.length;
        await onAck(batch.events);
      }
    },
    append: (topic, messages) => send(topic, 0, messages),
    ends,
    [Symbol.asyncDispose]: () => producer.disconnect(),
  };
}

/**
 * @param partitions kept up to date: kafkajs asks for the topics' metadata before it sends, when it
 * has
 *   become too old, so that nothing waits for it but every so many'th batch
 */
async function connectProducer(
  kafka: Kafka,
  partitions: Map<string, number>,
  partitionsAge = PARTITIONS_AGE_MS,
): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    metadataMaxAge: partitionsAge,
    // Each message names its partition.
    createPartitioner: () => ({ topic, message, partitionMetadata }) => {
      partitions.set(topic, partitionMetadata.length);
      return message.partition!;
    },
    // Longer outages are retried outside, where they are reported and can be interrupted.
    retry: { retries: 1, initialRetryTime: 100 },
  });
  await producer.connect();
  return producer;
}
