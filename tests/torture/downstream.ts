import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { parse } from "csv-parse/sync";
import { pause } from "../../shared/cli/backoff.ts";
import { fromMetadata } from "../../shared/formats/provenance.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import type { SeenFile } from "./evidence.ts";

/** A file that nobody else has taken for so long is taken, in ms. */
const LEFT_MS = 20_000;
/** How often the archive is looked at, in ms. */
const POLL_MS = 1_000;

/**
 * A program that takes files away the moment they appear, and remembers what was in them. Where a
 * loader runs, too, it leaves some to it, and looks at what the loader has moved into the archive.
 */
export class Downstream {
  readonly files: SeenFile[] = [];
  /** Keys that were used again. */
  readonly reused: string[] = [];
  /** Ids of rows in the archive. */
  readonly archived = new Set<string>();
  /** The digest of the file that had each key. */
  #keys = new Map<string, string>();
  /** Objects of the archive that were looked at, by key and ETag. */
  #looked = new Set<string>();
  #over = new AbortController();
  #running: Promise<unknown>;

  /**
   * @param options.lifeOf the life of its topic into which an event was published; undefined if it is
   *   not known
   * @param options.share how many of 4 files are left to the loader
   */
  constructor(
    private readonly s3: S3Client,
    private readonly settings: Settings,
    private readonly options: { lifeOf: (id: string) => number | undefined; share: number },
  ) {
    this.#running = Promise.all([this.#run(), options.share > 0 ? this.#watch() : undefined]);
  }

  /** Takes what is there now, and ends. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#running;
    await this.#sweep(true);
    if (this.options.share > 0) await this.#look();
  }

  async #run(): Promise<void> {
    while (!this.#over.signal.aborted) {
      // S3 goes away now and then.
      const moved = await this.#sweep(false).catch(() => 0);
      if (moved === 0) await pause(5);
    }
  }

  async #watch(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#look().catch(() => {});
      await pause(POLL_MS, this.#over.signal).catch(() => {});
    }
  }

  async #sweep(all: boolean): Promise<number> {
    const Bucket = this.settings.bucket;
    let moved = 0;
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.s3 }, { Bucket })) {
      for (const { Key, LastModified } of Contents) {
        const age = Date.now() - LastModified!.getTime();
        if (!all && this.#isLeft(Key!) && age < LEFT_MS) continue;
        if (!await this.#read(Bucket, Key!)) continue;
        await this.s3.send(new DeleteObjectCommand({ Bucket, Key }));
        moved++;
      }
    }
    return moved;
  }

  /** Reads what the loader has moved. */
  async #look(): Promise<void> {
    const Bucket = this.settings.archiveBucket;
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.s3 }, { Bucket })) {
      for (const { Key, ETag } of Contents) {
        const object = `${Key} ${ETag}`;
        if (this.#looked.has(object)) continue;
        const ids = await this.#read(Bucket, Key!);
        for (const id of ids ?? []) this.archived.add(id);
        this.#looked.add(object);
      }
    }
  }

  #isLeft(key: string): boolean {
    const sum = [...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
    return sum % 4 < this.options.share;
  }

  /** Notes a file, once; gives its ids. */
  async #read(Bucket: string, Key: string): Promise<string[] | undefined> {
    const object = await this.s3.send(new GetObjectCommand({ Bucket, Key })).catch((error) => {
      // The loader was faster.
      if (error.name !== "NoSuchKey") throw error;
    });
    if (!object) return undefined;
    const text = await object.Body!.transformToString();
    const rows: { event_id: string }[] = parse(text, { columns: true });
    const ids = rows.map(({ event_id }) => event_id);
    const provenance = fromMetadata(object.Metadata);
    const digest = provenance?.sha256 ?? text;
    const before = this.#keys.get(Key);
    // The same file once more: in the archive, too, or its deletion failed the last time.
    if (before === digest) return ids;
    if (before !== undefined) this.reused.push(Key);
    this.#keys.set(Key, digest);
    const lives = new Set(ids.map(this.options.lifeOf).filter((life) => life !== undefined));
    const said = provenance?.ranges.reduce((sum, range) => sum + range.rows, 0);
    this.files.push({
      key: Key,
      topic: provenance?.topic ?? "",
      life: [...lives][0] ?? 0,
      ranges: provenance?.ranges ?? [],
      ids,
      isWrong: lives.size > 1 || said !== ids.length || provenance?.rows !== ids.length,
    });
    return ids;
  }
}
