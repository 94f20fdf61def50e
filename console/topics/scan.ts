import type { KafkaMessage } from "kafkajs";
import type { Cluster } from "../../shared/kafka/cluster.ts";
import { logEnds } from "../../shared/kafka/log_ends.ts";
import { readLog } from "../../shared/kafka/log_reader.ts";
import { type Message, tellMessage } from "./message.ts";

/** A part of a partition: offsets `from` up to, not with, `to`. */
export interface Range {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** How many offsets ranges have. */
export function offsetsIn(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
}

/** What a scan reads, and what it keeps of it. */
export interface ScanOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly newestFirst: boolean;
  readonly isWanted: (message: KafkaMessage) => boolean;
  /** It stops, at the latest, when it has found so many that nobody has taken yet. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/**
 * How many offsets are read at a time backwards: few first, as the newest ones may be all that is wanted;
 * then more than a large batch has, as a batch is decoded as a whole for each window that begins in it.
 */
const WINDOW = { first: 64, most: 32_768 };

/**
 * Reads one partition in steps, from the start of a range or from its end. It holds what it has found,
 * and no more than one fetch of what it reads.
 */
export class Scan {
  /** Found and not taken: the next first. */
  readonly found: Message[] = [];
  readonly partition: number;
  #from: number;
  #to: number;
  #window = WINDOW.first;
  /** The latest time that was read, the earliest where it reads backwards. */
  #time: number;

  constructor(range: Range, private readonly options: ScanOptions) {
    this.partition = range.partition;
    this.#from = range.from;
    this.#to = Math.max(range.from, range.to);
    this.#time = options.newestFirst ? Infinity : -Infinity;
  }

  /** Whether there is something to take, or to read. */
  get isOver(): boolean {
    return this.found.length === 0 && this.#from === this.#to;
  }

  /** What nobody has been given: to be read again by another scan. */
  get left(): Range {
    const { partition } = this;
    const next = this.found[0]?.offset;
    return this.options.newestFirst
      ? { partition, from: this.#from, to: next === undefined ? this.#to : next + 1 }
      : { partition, from: next ?? this.#from, to: this.#to };
  }

  /** The time of the next message, or where none is found yet, the one up to which nothing was. */
  get time(): number {
    return this.found[0]?.at ?? this.#time;
  }

  /**
   * Reads a little further.
   *
   * @throws the signal's reason when aborted; kafkajs' errors
   */
  async step(): Promise<void> {
    if (this.options.newestFirst) await this.#stepBack();
    else await this.#stepForward();
  }

  async #stepForward(): Promise<void> {
    for await (const { messages, to } of this.#read(this.#from, this.#to)) {
      for (const message of messages) {
        this.#time = Math.max(this.#time, Number(message.timestamp));
        if (!this.options.isWanted(message)) continue;
        this.found.push(tellMessage(message, this.partition));
        if (this.found.length < this.options.most) continue;
        this.#from = Number(message.offset) + 1;
        return;
      }
      this.#from = to;
      return;
    }
    // The log has become shorter than it was.
    this.#from = this.#to;
  }

  async #stepBack(): Promise<void> {
    const { isWanted, most } = this.options;
    const from = Math.max(this.#from, this.#to - this.#window);
    const found: Message[] = [];
    let isFull = false;
    for await (const { messages } of this.#read(from, this.#to)) {
      for (const message of messages) {
        this.#time = Math.min(this.#time, Number(message.timestamp));
        if (!isWanted(message)) continue;
        found.push(tellMessage(message, this.partition));
        if (found.length <= most) continue;
        found.shift();
        isFull = true;
      }
    }
    this.#to = isFull ? found[0]!.offset : from;
    this.found.push(...found.reverse());
    this.#window = Math.min(2 * this.#window, WINDOW.most);
  }

  #read(from: number, to: number): ReturnType<typeof readLog> {
    const { cluster, topic, signal } = this.options;
    const { partition } = this;
    return readLog(cluster, { topic, partition, from, to }, {
      firstOffset: async () =>
        (await logEnds(cluster, [topic])).find((log) => log.partition === partition)?.low ?? to,
      signal,
    });
  }
}
