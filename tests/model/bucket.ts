import type { Completion, IsOurs, Upload } from "../../consumer/landing/store.ts";
import type { Broken } from "./scenario.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";

/** An upload, or the file that it became. */
export interface ModelFile {
  readonly uploadId: string;
  readonly key: string;
  /** The uids of its rows. */
  readonly rows: readonly string[];
  /** Undefined for a file of another writer. */
  readonly provenance?: Provenance;
  readonly startedAt: number;
  /** When the file was created. */
  madeAt?: number;
  /** `in progress`: a completion has begun; nobody else sees the upload until it has finished. */
  state: "pending" | "in progress" | "refused" | "file";
}

/** A model of S3: uploads, objects, the archive that the loader moves files to, and a clock. */
export class Bucket {
  now = Date.UTC(2026, 1, 26, 10, 23, 45);
  readonly uploads = new Map<string, ModelFile>();
  readonly raw = new Map<string, ModelFile>();
  readonly archive = new Map<string, ModelFile>();
  /** Every file that a completion has ever created, wherever it is now. */
  readonly made: ModelFile[] = [];
  /** Ids of aborted uploads that someone may still refer to. */
  readonly retired = new Set<string>();
  /** Broken invariants. */
  readonly violations: string[] = [];
  /** How many files downstream removed before an earlier one of the same type. */
  outOfOrder = 0;

  /** Whether the server honours `If-None-Match: *` on a completion. */
  readonly #conditional: boolean;
  readonly #hasArchive: boolean;

  constructor({ unconditional = false, noArchive = false }: Broken = {}) {
    this.#conditional = !unconditional;
    this.#hasArchive = !noArchive;
  }

  upload(uploadId: string, key: string, rows: readonly string[], provenance?: Provenance): Upload {
    this.uploads.set(uploadId, {
      uploadId,
      key,
      rows,
      provenance,
      startedAt: this.now,
      state: "pending",
    });
    return { key, uploadId };
  }

  complete(uploadId: string): Completion {
    const upload = this.uploads.get(uploadId);
    if (!upload || upload.state === "in progress") return "gone";
    if (upload.state === "refused") return "refused";
    if (this.raw.has(upload.key) && this.#conditional) return "taken";
    this.#make(upload);
    return "completed";
  }

  /** Begins a completion that finishes later; false if it cannot begin. */
  begin(uploadId: string): boolean {
    const upload = this.uploads.get(uploadId);
    if (upload?.state !== "pending" || (this.raw.has(upload.key) && this.#conditional)) {
      return false;
    }
    upload.state = "in progress";
    return true;
  }

  /** Finishes a completion that was in progress: the file exists, or it is rolled back. */
  end(uploadId: string, made: boolean): Completion {
    const upload = this.uploads.get(uploadId);
    if (!upload) return "gone";
    upload.state = "pending";
    if (!made) return "gone";
    if (this.raw.has(upload.key) && this.#conditional) return "taken";
    this.#make(upload);
    return "completed";
  }

  find(key: string, isOurs: IsOurs): "raw" | "archive" | undefined {
    const is = ({ provenance }: ModelFile) => provenance !== undefined && isOurs(provenance);
    const raw = this.raw.get(key);
    if (raw && is(raw)) return "raw";
    const archived = this.#hasArchive ? this.archive.get(key) : undefined;
    return archived && is(archived) ? "archive" : undefined;
  }

  hasEarlier(key: string, at: number, isOurs: IsOurs): boolean {
    const folder = key.slice(0, key.indexOf("/") + 1);
    return [...this.raw.values()].some((file) =>
      file.key.startsWith(folder) && file.key < key && file.madeAt! < at &&
      file.provenance !== undefined &&
      isOurs(file.provenance)
    );
  }

  /** The pending uploads under a prefix. */
  pending(prefix: string) {
    return [...this.uploads.values()]
      .filter(({ key, state }) => key.startsWith(prefix) && state !== "in progress")
      .map(({ key, uploadId, startedAt }) => ({ key, uploadId, startedAt: new Date(startedAt) }));
  }

  abort(uploadId: string): "aborted" | "gone" {
    const upload = this.uploads.get(uploadId);
    if (!upload || upload.state === "in progress") return "gone";
    this.uploads.delete(uploadId);
    return "aborted";
  }

  /** A lifecycle rule aborts an upload, or an operator does. */
  expire(uploadId: string): void {
    this.uploads.delete(uploadId);
    this.retired.add(uploadId);
  }

  /** Downstream moves a file to the archive, or elsewhere. */
  take(key: string, archived: boolean): void {
    const file = this.raw.get(key)!;
    const folder = key.slice(0, key.indexOf("/") + 1);
    const earlier = [...this.raw.values()].some((other) =>
      other.key.startsWith(folder) && other.key < key && other.madeAt! < file.startedAt
    );
    if (earlier && !archived) this.outOfOrder++;
    this.raw.delete(key);
    if (archived) this.archive.set(key, file);
  }

  /** The other writer deletes its object. */
  removeForeign(key: string): void {
    this.raw.delete(key);
  }

  /** Adds a file that was landed long before the run. */
  putEarlier(key: string, provenance: Provenance): void {
    const madeAt = this.now - 60 * 24 * 3600_000;
    this.raw.set(key, {
      uploadId: "",
      key,
      rows: [],
      provenance,
      startedAt: madeAt,
      madeAt,
      state: "file",
    });
  }

  /** Another writer puts an object there. */
  putForeign(key: string): void {
    this.raw.set(key, {
      uploadId: "",
      key,
      rows: [],
      startedAt: this.now,
      madeAt: this.now,
      state: "file",
    });
  }

  /** @param matters whether an upload can still become a file */
  key(matters: (uploadId: string) => boolean): string {
    const uploads = [...this.uploads.values()].filter(({ uploadId }) => matters(uploadId))
      .map((upload) => `${upload.uploadId} ${upload.state[0]} ${show(upload)}`);
    return `${this.now} ${uploads.sort()}|${keys(this.raw.values())}|${
      keys(this.archive.values())
    }|${keys(this.made)}|${this.outOfOrder}|${[...this.retired]}|${this.violations}`;
  }

  #make(upload: ModelFile): void {
    this.uploads.delete(upload.uploadId);
    const there = this.raw.get(upload.key);
    if (there) {
      this.violations.push(
        `${upload.key} of ${there.provenance ? "ours" : "a foreign writer"} was overwritten`,
      );
    }
    if (this.made.some(({ key }) => key === upload.key)) {
      this.violations.push(`the key ${upload.key} was used twice`);
    }
    upload.state = "file";
    upload.madeAt = this.now;
    this.made.push(upload);
    this.raw.set(upload.key, upload);
  }
}

function keys(files: Iterable<ModelFile>): string[] {
  return [...files].map(show).sort();
}

function show({ key, rows, provenance }: ModelFile): string {
  const ranges = provenance?.ranges.map(({ partition, from, to }) => `${partition}:${from}-${to}`);
  return `${key} ${rows} ${ranges}`;
}
