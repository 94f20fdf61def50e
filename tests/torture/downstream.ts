import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { parse } from "csv-parse/sync";
import { pause } from "../../shared/backoff.ts";

/** A program that takes every file away the moment it appears, and remembers what was in it. */
export class Downstream {
  /** How often each event id was landed. */
  readonly rows = new Map<string, number>();
  /** Keys that were used again. */
  readonly reused: string[] = [];
  /** When each key's file was made, in ms since the epoch. */
  #keys = new Map<string, number>();
  #over = new AbortController();
  #running: Promise<void>;

  constructor(private readonly s3: S3Client, private readonly Bucket: string) {
    this.#running = this.#run();
  }

  get files(): number {
    return this.#keys.size;
  }

  /** Takes what is there now, and ends. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#running;
    await this.#sweep();
  }

  async #run(): Promise<void> {
    while (!this.#over.signal.aborted) {
      // S3 goes away now and then.
      const moved = await this.#sweep().catch(() => 0);
      if (moved === 0) await pause(5);
    }
  }

  async #sweep(): Promise<number> {
    const { Bucket } = this;
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key } of Contents) {
      const { Body, LastModified } = await this.s3.send(new GetObjectCommand({ Bucket, Key }));
      this.#take(Key!, LastModified!.getTime(), await Body!.transformToString());
      await this.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    return Contents.length;
  }

  #take(key: string, madeAt: number, text: string): void {
    const before = this.#keys.get(key);
    // The same file once more: its deletion failed the last time.
    if (before === madeAt) return;
    if (before !== undefined) this.reused.push(key);
    this.#keys.set(key, madeAt);
    for (const { event_id } of parse(text, { columns: true }) as { event_id: string }[]) {
      this.rows.set(event_id, (this.rows.get(event_id) ?? 0) + 1);
    }
  }
}
