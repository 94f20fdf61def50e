import type { S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import { fileTypes, isType } from "../shared/catalogue/events.ts";
import { keyText, typeOfKey } from "../shared/formats/object_key.ts";
import { type FileEntry, listPages } from "../shared/s3/landed_files.ts";
import { PassedOver } from "../shared/s3/passed_over.ts";
import { explainS3, nameOf } from "../shared/s3/explain.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { addLoad, emptySum } from "../warehouse/load/load_ledger.ts";
import { askFiles, type ClaimedFile } from "./claims.ts";
import { loadProblems } from "./differences.ts";
import { Findings } from "./findings.ts";
import type { FileSum } from "./verification.ts";
import {
  type LedgerFile,
  loadedOf,
  type WarehouseCounts,
  warehouseCounts,
} from "./warehouse_counts.ts";

/** Where files are, and the callback for each. */
export interface WalkOptions {
  readonly s3: S3Client;
  readonly settings: Settings;
  /** Undefined: only the files are checked. */
  readonly client?: pg.Client;
  /** Called once with each file of our consumer, wherever it is. */
  readonly onFile: (file: ClaimedFile) => Promise<void> | void;
  readonly signal?: AbortSignal;
}

/** A file that was found in a bucket: what has to be known of it when the ledger is read. */
interface Found {
  readonly etag: string;
  /** Undefined if it is of another writer. */
  readonly rows?: number;
}

/**
 * Goes through all files: those in the raw bucket, those in the archive that were not loaded, and
 * those that the ledger has, in this order, so that each is found wherever it has got to meanwhile.
 *
 * Listings and the ledger are read a page at a time. What is held is the name of each file that
 * waits in the raw bucket, and the sums.
 */
export class FileWalk {
  /** The warehouse's counts; undefined if it is not checked. */
  counts: WarehouseCounts | undefined;
  /** What does not add up: of the ledger, of landed files that cannot be read, of the archive. */
  readonly problems = {
    ledger: new Findings(),
    damaged: new Findings(),
    strays: new Findings(),
  };
  /** Files of other writers that cannot be read. */
  readonly unreadable = new Findings();
  /** Objects in the raw bucket that are not files to load. */
  readonly passedOver = new PassedOver();
  /** Loaded files that are neither in the bucket nor in the archive any more. */
  gone = 0;
  readonly #sums = new Map(fileTypes.map((type) => [type, emptySum()]));
  readonly #waiting = new Map<string, Found>();

  constructor(private readonly options: WalkOptions) {}

  /** Goes through the files; once. */
  async run(): Promise<this> {
    const { client, settings: { bucket } } = this.options;
    const began = client && (await client.query("SELECT clock_timestamp() AS now")).rows[0].now;
    await this.#readRaw();
    await (client ? this.#readStrays(client, began) : this.#readArchive());
    if (client) {
      this.counts = await warehouseCounts(client, bucket, (file) => this.#enter(file, began));
    }
    return this;
  }

  /** What became of each type's files. */
  get sums(): FileSum[] {
    const waiting = Map.groupBy(
      [...this.#waiting].filter(([, { rows }]) => rows !== undefined),
      ([key]) => typeOfKey(key),
    );
    return fileTypes.map((type) => {
      const files = waiting.get(type) ?? [];
      const rows = files.reduce((sum, [, file]) => sum + file.rows!, 0);
      const loaded = this.#sums.get(type)!;
      return {
        type,
        ...loaded,
        files: loaded.files + files.length,
        rows: loaded.rows + rows,
        waiting: rows,
      };
    }).filter(({ type, files }) => isType(type) || files > 0);
  }

  /** Waiting files of other writers: nobody has counted their rows. */
  get others(): number {
    return this.#waiting.values().filter(({ rows }) => rows === undefined)
      .reduce((sum) => sum + 1, 0);
  }

  async #readRaw(): Promise<void> {
    const { s3, settings: { bucket } } = this.options;
    for await (const page of listPages(s3, bucket, { passedOver: this.passedOver })) {
      await this.#take(bucket, page);
    }
  }

  /** Without a ledger all files of the archive have to be identified. */
  async #readArchive(): Promise<void> {
    const { archiveBucket } = this.options.settings;
    for await (const page of this.#archive()) {
      // One that was moved meanwhile is seen a second time.
      await this.#take(archiveBucket, page.filter(({ key }) => !this.#waiting.has(key)));
    }
  }

  /** Files that were archived without being loaded. */
  async #readStrays(client: pg.Client, began: Date): Promise<void> {
    const { bucket, archiveBucket } = this.options.settings;
    for await (const page of this.#archive()) {
      const loaded = await loadedOf(client, bucket, page.map(({ key }) => key));
      for (const [key, since] of loaded) {
        if (since < began && !this.#waiting.has(key)) this.gone--;
      }
      const strays = page.filter(({ key }) => !loaded.has(key));
      const known = strays.filter(({ key }) => this.#waiting.has(key));
      for (const { key } of [...known, ...await this.#take(archiveBucket, strays)]) {
        this.problems.strays.add(
          `s3://${archiveBucket}/${keyText(key)} is in the archive, but was never loaded`,
        );
      }
    }
  }

  async *#archive(): AsyncGenerator<FileEntry[]> {
    const { s3, settings, client } = this.options;
    try {
      yield* listPages(s3, settings.archiveBucket);
    } catch (error) {
      // Nobody may have loaded anything yet.
      if (!client && nameOf(error) === "NoSuchBucket") return;
      throw explainS3(error, settings, "ARCHIVE_BUCKET");
    }
  }

  /** Identifies files that were not seen before, and reports ours. */
  async #take(bucket: string, page: readonly FileEntry[]): Promise<FileEntry[]> {
    const { s3, onFile, signal } = this.options;
    signal?.throwIfAborted();
    const fresh = page.filter(({ key }) => !this.#waiting.has(key));
    const { ours, others } = await askFiles(s3, bucket, fresh);
    for (const { key, etag } of others) this.#waiting.set(key, { etag });
    for (const file of ours) {
      this.#waiting.set(file.key, { etag: file.etag, rows: file.rows });
      await onFile(file);
    }
    const byKey = (a: FileEntry, b: FileEntry) => a.key < b.key ? -1 : 1;
    return [...ours.sort(byKey), ...others.sort(byKey)];
  }

  async #enter({ key, loaded, failed }: LedgerFile, began: Date): Promise<void> {
    const { onFile, settings: { bucket }, signal } = this.options;
    signal?.throwIfAborted();
    const found = this.#waiting.get(key);
    for (const { etag, reason } of failed) {
      if (found?.etag !== etag) continue;
      const file = `s3://${bucket}/${keyText(key)}`;
      if (found.rows === undefined) this.unreadable.add(`Cannot be loaded: ${file}: ${reason}`);
      else this.problems.damaged.add(`${file} has landed, but cannot be loaded: ${reason}`);
    }
    if (!loaded) return;
    const isCounted = found?.rows !== undefined && loaded.etags.includes(found.etag);
    if (loaded.claimed && !isCounted) await onFile(loaded.claimed);
    if (found && loaded.etags.includes(found.etag)) this.#waiting.delete(key);
    if (!found && loaded.since < began) this.gone++;
    const sum = this.#sums.get(loaded.type);
    if (sum) addLoad(sum, loaded);
    this.problems.ledger.add(...loadProblems(key, loaded));
  }
}
