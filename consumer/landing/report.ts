import type { Type } from "../../shared/catalogue/events.ts";
import type { Decoded } from "../batching/decode.ts";
import type { PlainRow } from "../batching/plain_rows.ts";
import { kindOfFault } from "../batching/kind_of_fault.ts";
import type { LandedFile } from "./landing.ts";
import type { Round } from "./round.ts";
import { Metrics } from "../../shared/metrics/metrics.ts";
import { countRetry } from "../../shared/metrics/waits_metrics.ts";
import { Waits } from "../../shared/cli/waits.ts";

/** How many of the last landed files the status shows. */
const LAST_FILES = 20;

/** What the consumer has done and what it waits for: counted here, shown by the status page. */
export class Report {
  readonly totals = {
    events: 0,
    rows: 0,
    files: 0,
    repeats: 0,
    deadLetters: 0,
    tombstones: 0,
    recovered: 0,
  };
  /** Files whose offsets are committed, and the time from the cut of each until then, in s. */
  readonly landings = { files: 0, seconds: 0 };
  readonly rowsByType = new Map<Type, number>();
  readonly lastFiles: LandedFile[] = [];
  /** What the consumer waits for. */
  readonly waits: Waits;

  /**
   * @param say prints a result
   * @param warn prints a diagnostic
   * @param onFile called with the key of each file that has become visible
   * @param metrics where it is counted, too
   * @param onRound called with each round whose offsets are committed
   */
  constructor(
    private readonly bucket: string,
    readonly say: (line: string) => void,
    readonly warn: (line: string) => void,
    private readonly onFile: (key: string) => void = () => {},
    readonly metrics: Metrics = new Metrics(),
    private readonly onRound: (round: Round) => void = () => {},
  ) {
    this.waits = new Waits(warn, undefined, countRetry(metrics));
  }

  /** Counts a message that was read. */
  taken(message: Decoded | PlainRow): void {
    this.totals.events++;
    if (message.kind === "dead letter") this.totals.deadLetters++;
    if (message.kind === "tombstone") {
      this.totals.tombstones++;
      this.metrics.add("automotive.consumer.tombstones", 1);
    }
  }

  /** Counts what was taken of one fetched batch: messages, and bytes of their values. */
  fetched(topic: string, messages: number, bytes: number): void {
    const attributes = { "messaging.destination.name": topic };
    this.metrics.add("messaging.client.consumed.messages", messages, {
      "messaging.operation.name": "poll",
      ...attributes,
    });
    this.metrics.add("automotive.consumer.consumed.size", bytes, attributes);
  }

  /** Counts a message that cannot be landed. */
  setAside(topic: string, reason: string): void {
    this.metrics.add("automotive.consumer.dead_letters", 1, {
      "messaging.destination.name": topic,
      "error.type": kindOfFault(reason),
    });
  }

  /** Counts and prints a file that this consumer has made visible. */
  landed(file: LandedFile): void {
    this.totals.files++;
    this.totals.rows += file.rows;
    const repeats = file.provenance.ranges.reduce((sum, range) => sum + range.repeats, 0);
    this.totals.repeats += repeats;
    const type = { "automotive.event.type": file.type };
    this.metrics.add("automotive.landing.files", 1, type);
    this.metrics.add("automotive.landing.rows", file.rows, type);
    this.metrics.add("automotive.landing.size", file.bytes, type);
    this.metrics.add("automotive.landing.repeats", repeats, type);
    this.rowsByType.set(file.type, (this.rowsByType.get(file.type) ?? 0) + file.rows);
    this.lastFiles.push(file);
    if (this.lastFiles.length > LAST_FILES) this.lastFiles.shift();
    this.onFile(file.key);
    this.say(`✓ Flushed ${file.rows} ${file.type} events → s3://${this.bucket}/${file.key}`);
  }

  /** Takes the times of a round whose offsets are committed. */
  finished(round: Round): void {
    const { topic, type, files, steps, to } = round;
    for (const { step, from, to } of steps) {
      this.metrics.record("automotive.landing.step.duration", (to - from) / 1000, {
        "automotive.event.type": type,
        "automotive.step": step,
      });
    }
    for (const { cutAt } of files) {
      const seconds = (to - cutAt) / 1000;
      this.landings.files++;
      this.landings.seconds += seconds;
      this.metrics.record("messaging.process.duration", seconds, {
        "messaging.operation.name": "land",
        "messaging.destination.name": topic,
      });
    }
    this.onRound(round);
  }

  /** Counts and prints a file that another consumer had planned. */
  recovered(key: string): void {
    this.totals.recovered++;
    this.metrics.add("automotive.landing.recovered", 1);
    this.onFile(key);
    this.say(
      `✓ Recovered s3://${this.bucket}/${key}: planned by a consumer that died before completing it`,
    );
  }
}
