import { CompressionTypes, type IHeaders, type Kafka, type Message } from "kafkajs";
import { deadLetterTopic } from "../shared/events.ts";
import type { Settings } from "../shared/settings.ts";
import { type Perseverance, persevere } from "./persevere.ts";

/** A message that cannot be landed, and where it came from. */
export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  readonly reason: string;
}

/** What is sent at once, in bytes: below the broker's `message.max.bytes` of 1 MiB. */
const SEND_BYTES = 512 * 1024;

/**
 * Sends dead letters to their topic: while one request is under way the next is gathered. At least
 * once: each is keyed by its origin, so that a repeat after a crash can be told from a second one.
 * Connects with the first dead letter, because most consumers never have any.
 */
export class DeadLetters implements AsyncDisposable {
  #queue: { letter: DeadLetter; sent: PromiseWithResolvers<void> }[] = [];
  #sending = false;
  readonly #producer;
  readonly #topic;

  constructor(
    kafka: Kafka,
    settings: Settings,
    private readonly perseverance: Perseverance,
    private readonly signal: AbortSignal,
  ) {
    this.#producer = kafka.producer({ allowAutoTopicCreation: false });
    this.#topic = deadLetterTopic(settings.topicPrefix);
  }

  /** Resolves when all in-sync replicas have it; rejects with the signal's reason. */
  send(letter: DeadLetter): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#queue.push({ letter, sent });
    if (!this.#sending) this.#sendAll();
    return sent.promise;
  }

  async [Symbol.asyncDispose]() {
    await this.#producer.disconnect();
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    while (this.#queue.length > 0) {
      const gathered = this.#gather();
      try {
        await persevere(
          () => this.#publish(gathered.map(({ letter }) => letter)),
          this.perseverance,
          this.signal,
        );
        for (const { sent } of gathered) sent.resolve();
      } catch (error) {
        for (const { sent } of gathered) sent.reject(error);
      }
    }
    this.#sending = false;
  }

  #gather() {
    let bytes = 0;
    let count = 0;
    for (const { letter } of this.#queue) {
      bytes += letter.value.length + 500;
      if (count > 0 && bytes > SEND_BYTES) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #publish(letters: readonly DeadLetter[]): Promise<void> {
    await this.#producer.connect();
    try {
      await this.#producer.send({
        topic: this.#topic,
        acks: -1,
        compression: CompressionTypes.GZIP,
        messages: letters.map(toMessage),
      });
    } catch (error) {
      // With its headers a message may just exceed what the broker takes. Its origin tells where
      // the whole of it is.
      const [letter] = letters;
      if (!isTooLarge(error) || !letter || letters.length > 1) throw error;
      const reason = `${letter.reason} (cut from ${letter.value.length} to ${SEND_BYTES} bytes)`;
      await this.#publish([{ ...letter, reason, value: letter.value.subarray(0, SEND_BYTES) }]);
    }
  }
}

/** Kafka's record of a dead letter: keyed by origin, headers saying why and where it came from. */
function toMessage({ topic, partition, offset, key, value, reason }: DeadLetter): Message {
  const headers: IHeaders = {
    error: reason,
    topic,
    partition: String(partition),
    offset: String(offset),
  };
  if (key) headers.key = Buffer.from(key);
  return { key: `${topic}/${partition}/${offset}`, value: Buffer.from(value), headers };
}

function isTooLarge(error: unknown): boolean {
  const type = (error as { type?: string })?.type;
  return type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE";
}
