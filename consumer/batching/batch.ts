import type { Type } from "../../shared/catalogue/events.ts";
import { csvLine } from "../../shared/formats/csv.ts";
import { encodeLines } from "../../shared/formats/csv_bytes.ts";
import type { OffsetRange } from "../../shared/formats/provenance.ts";
import type { Decoded, DecodedRow } from "./decode.ts";
import { DistinctLines } from "./distinct_lines.ts";
import { type ColumnSet, FileColumns } from "./file_columns.ts";
import { Outstanding } from "./outstanding.ts";
import type { PlainRow } from "./plain_rows.ts";

/** When a batch is cut. */
export interface BatchPolicy {
  /** Events in a file. */
  readonly rows: number;
  /** Age of the batch's first event, in ms. */
  readonly age: number;
}

/** Why a batch is cut: by rows, by age, for lack of room (memory or columns), or on stop. */
export type CutReason = "rows" | "age" | "room" | "stop";

/** What one partition contributed, and the leader epoch of its last message or a later one. */
export interface BatchRange extends OffsetRange {
  readonly leaderEpoch?: number;
}

/** A batch that was cut: it becomes one file, or only advances offsets if it has no rows. */
export interface Cut {
  readonly type: Type;
  readonly reason: CutReason;
  readonly ranges: readonly BatchRange[];
  readonly rows: number;
  /** The file: header and rows, UTF-8, each line terminated by \n. Empty if there are no rows. */
  readonly body: Uint8Array;
  /** Time of the cut, in ms since the epoch; it names the file. */
  readonly at: number;
  /** Memory that the batch was accounted for, in bytes. */
  readonly held: number;
  /**
   * Resolves when Kafka has the dead letters of the batch: offsets must not advance before.
   * Rejects when they never will.
   */
  readonly deadLetters: Promise<void>;
  /** `traceparent` headers of its messages, if anybody asked for them. */
  readonly links?: readonly string[];
}

/** Files stay within PostgreSQL's 1,600 columns, whatever extra fields events have. */
const MAX_EXTRA_COLUMNS = 800;
/** An object's user metadata holds 2 KB: the ranges of this many partitions fit. */
const MAX_PARTITIONS = 24;
/**
 * A batch that covers this many messages is cut even if few of them are rows: what a crash makes
 * the next owner read again, and what waits for dead letters, stays bounded.
 */
const MAX_MESSAGES = 100_000;
/** What a row costs in memory besides its text, in bytes. */
const ROW_OVERHEAD = 64;
/** A trace is linked to so many others at most: OpenTelemetry's own limit. */
const MAX_LINKS = 128;

/**
 * The events of one type that are collected for a file. Pure: it knows neither Kafka nor S3 nor the
 * clock; its owner asks when it is due, and cuts it.
 */
export class Batch {
  readonly #lines = new DistinctLines();
  /** The extra columns of rows, by line number. */
  #extras = new Map<number, ReadonlyMap<string, string>>();
  /** Rows with extra columns, in full: their lines alone may be identical. */
  #withExtras = new Set<string>();
  readonly #columns: FileColumns;
  #extraColumns = new Set<string>();
  #ranges = new Map<number, { -readonly [K in keyof BatchRange]: BatchRange[K] }>();
  #deadLetters = new Outstanding();
  #links: Set<string> | undefined;
  #messages = 0;
  #bytes = 0;

  /** @param openedAt time of the batch's first event, in ms of a monotonic clock */
  constructor(readonly type: Type, readonly openedAt: number, readonly policy: BatchPolicy) {
    this.#columns = new FileColumns(type);
  }

  /** Rows that it holds; dropped repeats do not count. */
  get rows(): number {
    return this.#lines.count;
  }

  /** Approximate memory of the batch, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds one message.
   *
   * @param from where the partition's range begins if this is its first message in the batch: the
   * end
   *   of its last batch, so that ranges leave no gap even where offsets do
   * @param leaderEpoch of the message, or a later one
   * @returns by how many bytes the batch has grown
   */
  add(
    partition: number,
    from: number,
    offset: number,
    message: Decoded | PlainRow,
    leaderEpoch?: number,
  ): number {
    let range = this.#ranges.get(partition);
    if (!range) {
      range = { partition, from, to: from, rows: 0, repeats: 0, deadLetters: 0, tombstones: 0 };
      this.#ranges.set(partition, range);
    }
    range.to = offset + 1;
    if (leaderEpoch !== undefined) range.leaderEpoch = leaderEpoch;
    this.#messages++;
    if (message.kind === "tombstone") range.tombstones++;
    else if (message.kind === "dead letter") range.deadLetters++;
    else {
      const bytes = this.#take(message);
      if (bytes === 0) range.repeats++;
      else range.rows++;
      this.#bytes += bytes;
      return bytes;
    }
    return 0;
  }

  /** Makes the batch wait for a dead letter before its offsets may advance. */
  waitFor(deadLetter: Promise<void>): void {
    this.#deadLetters.add(deadLetter);
  }

  /** Notes the trace in which one of its messages was sent. */
  link(traceparent: string): void {
    this.#links ??= new Set();
    if (this.#links.size < MAX_LINKS) this.#links.add(traceparent);
  }

  /**
   * Why the batch must be cut now; undefined if it need not.
   *
   * @param now of the same clock as `openedAt`
   */
  due(now: number): CutReason | undefined {
    return this.full ?? (now - this.openedAt >= this.policy.age ? "age" : undefined);
  }

  /** Why the batch cannot take more, whatever its age; undefined if it can. */
  get full(): CutReason | undefined {
    if (this.rows >= this.policy.rows) return "rows";
    if (this.#extraColumns.size > MAX_EXTRA_COLUMNS) return "room";
    if (this.#ranges.size >= MAX_PARTITIONS) return "room";
    if (this.#messages >= Math.max(MAX_MESSAGES, 10 * this.policy.rows)) return "room";
    return undefined;
  }

  /**
   * The file that the batch becomes: its text, and where its rows came from.
   *
   * @param at ms since the epoch
   */
  cut(reason: CutReason, at: number): Cut {
    return {
      type: this.type,
      reason,
      ranges: [...this.#ranges.values()].sort((a, b) => a.partition - b.partition),
      rows: this.rows,
      body: this.#body(),
      at,
      held: this.#bytes,
      deadLetters: this.#deadLetters.settled,
      ...this.#links && { links: [...this.#links] },
    };
  }

  /** Adds a row; returns its size in bytes, 0 if the batch already holds it. */
  #take(row: DecodedRow | PlainRow): number {
    if (row.kind === "plain row") {
      return this.#lines.add(row.bytes, row.length) ? this.#count(row.length, row.empty) : 0;
    }
    const line = new TextEncoder().encode(row.line);
    // In the file an empty cell equals a missing one: the two must not become two identical rows.
    const filled = row.extras ? [...row.extras].filter(([, cell]) => cell !== "") : [];
    if (filled.length === 0) {
      return this.#lines.add(line) ? this.#count(line.length, row.empty) : 0;
    }
    const identity = `${row.line}\n${JSON.stringify(filled.toSorted())}`;
    if (this.#withExtras.has(identity)) return 0;
    this.#withExtras.add(identity);
    this.#extras.set(this.rows, row.extras!);
    this.#lines.addUnseen(line);
    for (const [name] of filled) this.#extraColumns.add(name);
    return this.#count(2 * identity.length, row.empty);
  }

  #count(bytes: number, empty: ColumnSet | undefined): number {
    this.#columns.take(empty);
    return bytes + ROW_OVERHEAD;
  }

  #body(): Uint8Array {
    if (this.rows === 0) return new Uint8Array();
    const extraColumns = [...this.#extraColumns];
    const header = csvLine([...this.#columns.names, ...extraColumns]);
    const narrow = this.#columns.narrower();
    if (!narrow && extraColumns.length === 0) return join(encodeLines([header]), this.#lines.text);
    const lines = [header];
    const noExtras = ",".repeat(extraColumns.length);
    for (const line of this.#lines) {
      const extras = this.#extras.get(lines.length - 1);
      const cells = extras && csvLine(extraColumns.map((name) => extras.get(name) ?? ""));
      lines.push((narrow?.(line) ?? line) + (cells === undefined ? noExtras : `,${cells}`));
    }
    return encodeLines(lines);
  }
}

function join(head: Uint8Array, rest: Uint8Array): Uint8Array {
  const all = new Uint8Array(head.length + rest.length);
  all.set(head);
  all.set(rest, head.length);
  return all;
}
