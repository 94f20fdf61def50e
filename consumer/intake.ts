import type { Admin, Batch as KafkaBatch, Consumer, EachBatchPayload } from "kafkajs";
import type { Type } from "../shared/events.ts";
import type { Buffer } from "./buffer.ts";
import type { DeadLetters } from "./dead_letters.ts";
import { type Decoded, decoder } from "./decode.ts";
import type { Generation } from "./generation.ts";
import { heartbeatWhile } from "./heartbeat.ts";
import type { Report } from "./report.ts";

/** What the intake needs. */
export interface IntakeParts {
  readonly consumer: Consumer;
  readonly admin: Admin;
  readonly buffer: Buffer;
  readonly deadLetters: DeadLetters;
  readonly report: Report;
  /** The type of each topic. */
  readonly topics: ReadonlyMap<string, Type>;
}

/** After so many vain tries to read from where a partition stands, what lies before is gone. */
const SEEKS = 2;

/** Takes what kafkajs has fetched into the generation's open batches. */
export class Intake {
  readonly #decoders: ReadonlyMap<string, (value: Uint8Array | null) => Decoded>;
  #seeks = new Map<string, number>();

  constructor(private readonly parts: IntakeParts) {
    this.#decoders = new Map([...parts.topics].map(([topic, type]) => [topic, decoder(type)]));
  }

  /**
   * Takes one fetched batch of messages, waiting for room in the buffer if there is none. Stops in
   * its middle when the generation ends: all of it is read again then.
   *
   * @throws when the log ends before the partition's position: the session cannot go on
   */
  async take(generation: Generation, payload: EachBatchPayload): Promise<void> {
    const { batch: { topic, partition, messages }, batch, heartbeat, resolveOffset } = payload;
    if (!await this.#beginsWhereWeAre(generation, batch)) return;
    const { buffer, report } = this.parts;
    const type = this.parts.topics.get(topic)!;
    const decode = this.#decoders.get(topic)!;
    for (const message of messages) {
      if (buffer.full) await heartbeatWhile(buffer.room(), heartbeat);
      if (generation.signal.aborted) return;
      const offset = Number(message.offset);
      const decoded = decode(message.value);
      report.taken(decoded);
      const sent = decoded.kind === "dead letter"
        ? this.#setAside(topic, partition, message, decoded.reason)
        : undefined;
      generation.add(type, topic, partition, offset, decoded, sent);
      resolveOffset(message.offset);
    }
    generation.passTo(topic, partition, Number(batch.lastOffset()) + 1);
  }

  #setAside(
    topic: string,
    partition: number,
    { key, value, offset }: KafkaBatch["messages"][number],
    reason: string,
  ): Promise<void> {
    const { buffer, deadLetters } = this.parts;
    buffer.take(value!.length);
    return deadLetters
      .send({ topic, partition, offset: Number(offset), key, value: value!, reason })
      .finally(() => buffer.release(value!.length));
  }

  /**
   * Whether the messages begin where the generation stands. They do not when kafkajs hands out what
   * it fetched for an earlier generation, or fetched from the committed offset although a plan's end
   * is further on: then kafkajs is sent to the right place. Where it cannot read that place, there
   * are only transaction markers, or retention has deleted it.
   */
  async #beginsWhereWeAre(generation: Generation, batch: KafkaBatch): Promise<boolean> {
    const { topic, partition } = batch;
    const position = generation.position(topic, partition);
    if (position === undefined) return false;
    const fetched = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const place = `${topic}/${partition}/${position}`;
    if (fetched === position) {
      this.#seeks.delete(place);
      return true;
    }
    const seeks = (this.#seeks.get(place) ?? 0) + 1;
    this.#seeks.set(place, seeks);
    if (seeks <= SEEKS) {
      this.parts.consumer.seek({ topic, partition, offset: String(position) });
      return false;
    }
    this.#seeks.delete(place);
    const logs = await this.parts.admin.fetchTopicOffsets(topic);
    const log = logs.find((log) => log.partition === partition);
    if (fetched < position) {
      throw new Error(
        `${place} is beyond the end of the log (${log?.high}): was the topic made again?`,
      );
    }
    const low = Number(log?.low ?? 0);
    if (low > position) {
      this.parts.report.warn(
        `${
          low - position
        } events of ${topic}/${partition} were deleted by Kafka's retention before they were read (offsets ${position} to ${
          low - 1
        })`,
      );
    }
    generation.cut(this.parts.topics.get(topic)!, "room");
    generation.moveTo(topic, partition, fetched);
    return true;
  }
}
