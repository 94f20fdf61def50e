import { types } from "../../shared/catalogue/events.ts";
import { isStreamed } from "../../shared/formats/streamed.ts";
import { exportMetrics } from "../../shared/metrics/export_metrics.ts";
import { Metrics, type Point } from "../../shared/metrics/metrics.ts";
import { countRetry, observeWaits } from "../../shared/metrics/waits_metrics.ts";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { Waits } from "../../shared/cli/waits.ts";
import type { LoadCounts } from "./load_ledger.ts";

/** What becomes of a row, and how its metric calls that. */
const outcomes = [["facts", "fact"], ["rejected", "rejected"], ["repeats", "repeat"]] as const;

/** What a watching loader has done, waits for and has before it: counted here, told by its metrics. */
export class LoaderReport {
  readonly metrics = new Metrics();
  readonly waits: Waits;
  /** Files of the raw bucket that are not loaded. */
  #waiting = new Map<string, FileEntry>();
  #unreadable = 0;
  #passedAt: number | undefined;
  /** When the newest streamed file of each type that was loaded had landed, in ms since the epoch. */
  #newest = new Map<string, number>();

  /**
   * @param warn prints a diagnostic
   * @param now in ms since the epoch
   */
  constructor(warn: (line: string) => void, private readonly now: () => number = Date.now) {
    exportMetrics(this.metrics, "loader");
    this.waits = new Waits(warn, undefined, countRetry(this.metrics));
    observeWaits(this.metrics, this.waits);
    for (const type of types) this.#countFrom0(type);
    for (const service of ["s3", "postgresql"]) {
      this.metrics.add("automotive.retries", 0, { "automotive.service": service });
    }
    this.#observe();
  }

  /** The raw bucket was listed. */
  listed(waiting: readonly FileEntry[], unreadable: number): void {
    this.#waiting = new Map(waiting.map((file) => [file.key, file]));
    this.#unreadable = unreadable;
  }

  /** A file was loaded, in so many seconds. */
  loaded({ key, type, landedAt }: FileEntry, counts: LoadCounts, seconds: number): void {
    this.#waiting.delete(key);
    const ofType = { "automotive.event.type": type };
    const files = { "automotive.outcome": "loaded", ...ofType };
    this.metrics.add("automotive.loader.files", 1, files);
    for (const [name, outcome] of outcomes) {
      const rows = { "automotive.outcome": outcome, ...ofType };
      this.metrics.add("automotive.loader.rows", counts[name], rows);
    }
    this.metrics.record("automotive.loader.file.duration", seconds, ofType);
    if (!isStreamed(key)) return;
    const landed = landedAt.getTime();
    // S3's clock may be ahead, and it counts in whole seconds.
    this.metrics.record("automotive.loader.delay", this.#secondsSince(landed), ofType);
    this.#newest.set(type, Math.max(landed, this.#newest.get(type) ?? 0));
  }

  /** A file cannot be read. */
  unreadable({ key, type }: FileEntry): void {
    this.#waiting.delete(key);
    this.#unreadable++;
    this.metrics.add("automotive.loader.files", 1, {
      "automotive.event.type": type,
      "automotive.outcome": "unreadable",
    });
  }

  /** A file was loaded by another loader. */
  known({ key }: FileEntry): void {
    this.#waiting.delete(key);
  }

  /** The bucket was looked through to its end. */
  passed(): void {
    this.#passedAt = this.now();
  }

  #countFrom0(type: string): void {
    const ofType = { "automotive.event.type": type };
    for (const outcome of ["loaded", "unreadable"]) {
      this.metrics.add("automotive.loader.files", 0, { "automotive.outcome": outcome, ...ofType });
    }
    for (const [, outcome] of outcomes) {
      this.metrics.add("automotive.loader.rows", 0, { "automotive.outcome": outcome, ...ofType });
    }
  }

  #observe(): void {
    const one = (value: number | undefined): Point[] =>
      value === undefined ? [] : [{ attributes: {}, value }];
    const inState = (state: string, value: number) => (
      { attributes: { "automotive.state": state }, value }
    );
    this.metrics.observe(
      "automotive.loader.waiting",
      () => [inState("waiting", this.#waiting.size), inState("unreadable", this.#unreadable)],
    );
    this.metrics.observe("automotive.loader.waiting.age", () => {
      const streamed = this.#waiting.values().filter(({ key }) => isStreamed(key));
      const ages = streamed.map(({ landedAt }) => this.#secondsSince(landedAt.getTime()));
      return one(ages.reduce((most, age) => Math.max(most, age), 0));
    });
    this.metrics.observe(
      "automotive.loader.pass.age",
      () => one(this.#passedAt && this.#secondsSince(this.#passedAt)),
    );
    this.metrics.observe(
      "automotive.warehouse.freshness",
      () =>
        [...this.#newest].map(([type, landed]) => ({
          attributes: { "automotive.event.type": type },
          value: this.#secondsSince(landed),
        })),
    );
  }

  #secondsSince(time: number): number {
    return Math.max(0, this.now() - time) / 1000;
  }
}
