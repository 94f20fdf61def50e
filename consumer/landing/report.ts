import type { Type } from "../../shared/catalogue/events.ts";
import type { Decoded } from "../batching/decode.ts";
import type { PlainRow } from "../batching/plain_rows.ts";
import type { LandedFile } from "./landing.ts";
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
  readonly rowsByType = new Map<Type, number>();
  readonly lastFiles: LandedFile[] = [];
  /** What the consumer waits for. */
  readonly waits: Waits;

  /**
   * @param say prints a result
   * @param warn prints a diagnostic
   * @param onFile called with the key of each file that has become visible
   */
  constructor(
    private readonly bucket: string,
    readonly say: (line: string) => void,
    readonly warn: (line: string) => void,
    private readonly onFile: (key: string) => void = () => {},
  ) {
    this.waits = new Waits(warn);
  }

  /** Counts a message that was read. */
  taken(message: Decoded | PlainRow): void {
    this.totals.events++;
    if (message.kind === "dead letter") this.totals.deadLetters++;
    if (message.kind === "tombstone") this.totals.tombstones++;
  }

  /** Counts and prints a file that this consumer has made visible. */
  landed(file: LandedFile): void {
    this.totals.files++;
    this.totals.rows += file.rows;
    for (const range of file.provenance.ranges) this.totals.repeats += range.repeats;
    this.rowsByType.set(file.type, (this.rowsByType.get(file.type) ?? 0) + file.rows);
    this.lastFiles.push(file);
    if (this.lastFiles.length > LAST_FILES) this.lastFiles.shift();
    this.onFile(file.key);
    this.say(`✓ Flushed ${file.rows} ${file.type} events → s3://${this.bucket}/${file.key}`);
  }

  /** Counts and prints a file that another consumer had planned. */
  recovered(key: string): void {
    this.totals.recovered++;
    this.onFile(key);
    this.say(
      `✓ Recovered s3://${this.bucket}/${key}: planned by a consumer that died before completing it`,
    );
  }
}
