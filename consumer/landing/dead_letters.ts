import {
  CompressionTypes,
  type ICustomPartitioner,
  type Kafka,
  type Message,
  Partitioners,
} from "kafkajs";
import {
  type DeadLetter,
  encodeLetter,
  type Kept,
  letterBytes,
} from "../../shared/formats/letter_record.ts";
import { formatPlace } from "../../shared/formats/place.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { ServiceError } from "../../shared/cli/errors.ts";
import { deadLetterTopic } from "../../shared/catalogue/events.ts";
import { explainKafka, isTooLarge, kafkaService } from "../../shared/kafka/broker_errors.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { retryForever, type Retrying } from "../../shared/cli/retry.ts";

/**
 * The initial size of a request, in bytes: below the broker's default `message.max.bytes` of 1 MiB.
 */
const SEND_BYTES = 512 * 1024;
/** A topic that accepts less than this many bytes at once gets one letter per request. */
const MIN_SEND_BYTES = 8 * 1024;
/** What is tried in turn for a letter that its topic rejects; this bounds the requests. */
const KEPT: readonly Kept[] = ["whole", SEND_BYTES, 4 * 1024, "origin"];
/** How long a hanging connection may delay the end, in ms. */
const LEAVE_MS = 3_000;

interface Waiting {
  readonly letter: DeadLetter;
  readonly sent: PromiseWithResolvers<void>;
}

/**
 * Sends dead letters to their topic: while one request is in flight the next is collected. At least
 * once: each is keyed by its origin, so that a repeat after a crash can be told from a second one.
 * Connects with the first dead letter, because most consumers never have any.
 *
 * What the topic rejects for its size is sent in smaller parts; a letter that is too large on its
 * own is truncated, and finally only its origin is kept: the message itself is still there.
 */
export class DeadLetters implements AsyncDisposable {
  #queue: Waiting[] = [];
  #sending = false;
  #sendBytes = SEND_BYTES;
  /** The partitions that the request in flight has messages for. */
  #partitions = new Set<number>();
  readonly #producer;
  readonly #topic;
  readonly #retrying: Retrying;

  constructor(
    kafka: Kafka,
    private readonly settings: Settings,
    retrying: Retrying,
    private readonly signal: AbortSignal,
  ) {
    this.#topic = deadLetterTopic(settings.topicPrefix);
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: noting(this.#partitions),
      retry: { retries: 0 },
    });
    const explain = (error: unknown) => explainKafka(error, settings, { topic: this.#topic });
    this.#retrying = { ...retrying, explain };
  }

  /** Resolves when all in-sync replicas have it; rejects with the signal's reason. */
  send(letter: DeadLetter): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#queue.push({ letter, sent });
    if (!this.#sending) this.#sendAll();
    return sent.promise;
  }

  async [Symbol.asyncDispose]() {
    await Promise.race([this.#producer.disconnect().catch(() => {}), pause(LEAVE_MS)]);
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    while (this.#queue.length > 0) {
      const gathered = this.#gather();
      try {
        if (gathered.length === 1) await this.#sendAlone(gathered[0]!.letter);
        else if (!await this.#takes(gathered.map(({ letter }) => encodeLetter(letter)))) {
          this.#sendBytes = this.#sendBytes > MIN_SEND_BYTES ? this.#sendBytes / 4 : 0;
          this.#queue.unshift(...gathered);
          continue;
        }
        for (const { sent } of gathered) sent.resolve();
      } catch (error) {
        for (const { sent } of gathered) sent.reject(error);
      }
    }
    this.#sending = false;
  }

  #gather(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { letter } of this.#queue) {
      bytes += letterBytes(letter);
      if (count > 0 && bytes > this.#sendBytes) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #sendAlone(letter: DeadLetter): Promise<void> {
    for (const kept of KEPT) {
      if (typeof kept === "number" && letter.value.length <= kept) continue;
      const messages = [encodeLetter(letter, kept)];
      if (kept === "origin") await this.#untilTaken(messages, () => this.#takesNothing(letter));
      else if (await this.#takes(messages)) return;
    }
  }

  /**
   * Whether the topic has accepted messages: false if they are too large for it. Waits while it
   * cannot.
   */
  async #takes(messages: Message[]): Promise<boolean> {
    let isTaken = true;
    await this.#untilTaken(messages, () => void (isTaken = false));
    return isTaken;
  }

  /** @param onTooLarge returns the error to wait with; none ends the wait */
  #untilTaken(messages: Message[], onTooLarge: () => Error | void): Promise<void> {
    const request = async () => {
      try {
        await orAborted(this.#publish(messages), this.signal);
      } catch (error) {
        const failure = isTooLarge(error) ? onTooLarge() : error;
        if (failure) throw failure;
      }
    };
    return retryForever(request, this.#retrying, this.signal);
  }

  async #publish(messages: Message[]): Promise<void> {
    await this.#producer.connect();
    this.#partitions.clear();
    const at = String(Date.now());
    const acks = await this.#producer.send({
      topic: this.#topic,
      acks: -1,
      compression: CompressionTypes.GZIP,
      // The same time for all of them, so that they are listed in the order of their origins.
      messages: messages.map((message) => ({ ...message, timestamp: at })),
    });
    // kafkajs reports success when it found no leader to send to.
    const acknowledged = new Set(acks.map(({ partition }) => partition));
    for (const partition of this.#partitions) {
      if (!acknowledged.has(partition)) {
        throw new Error(`no broker leads ${this.#topic} partition ${partition}`);
      }
    }
  }

  #takesNothing(letter: DeadLetter): ServiceError {
    const service = kafkaService(this.settings);
    return new ServiceError(
      `The topic ${this.#topic} of ${service}`,
      `${service} rejects the dead letter of ${formatPlace(letter)}, not even without its content`,
      `raise max.message.bytes of ${this.#topic}`,
    );
  }
}

/** The partitioner of the Java producer, which records what it has chosen. */
function noting(chosen: Set<number>): ICustomPartitioner {
  return () => {
    const choose = Partitioners.DefaultPartitioner();
    return (message) => {
      const partition = choose(message);
      chosen.add(partition);
      return partition;
    };
  };
}
