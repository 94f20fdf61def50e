import type { Provenance } from "../../shared/formats/provenance.ts";
import type { Completion, IsOurs, Store, Upload } from "../../consumer/landing/store.ts";

/** A pending upload, or the object that it became. */
export interface StoredFile {
  readonly key: string;
  readonly body: string;
  /** Undefined for a file of another writer. */
  readonly provenance?: Provenance;
  readonly startedAt?: Date;
}

/** A bucket without faults, which records the requests. */
export class MemoryStore implements Store {
  readonly uploads = new Map<string, StoredFile>();
  readonly objects = new Map<string, StoredFile>();
  /** Ids of the uploads that became objects, in order. */
  readonly completed: string[] = [];
  /** Ids of the uploads whose completion was requested, in order. */
  readonly asked: string[] = [];
  /** Ids of the uploads that were aborted, in order. */
  readonly aborted: string[] = [];
  #count = 0;

  /** @param idOf the id of the n-th upload, from 1 */
  constructor(private readonly idOf: (n: number) => string = (n) => `upload-${n}`) {}

  upload(key: string, body: Uint8Array, provenance: Provenance): Promise<Upload> {
    const uploadId = this.idOf(++this.#count);
    this.uploads.set(uploadId, { key, body: new TextDecoder().decode(body), provenance });
    return Promise.resolve({ key, uploadId });
  }

  complete({ key, uploadId }: Upload): Promise<Completion> {
    this.asked.push(uploadId);
    const upload = this.uploads.get(uploadId);
    if (!upload) return Promise.resolve("gone");
    if (this.objects.has(key)) return Promise.resolve("taken");
    this.uploads.delete(uploadId);
    this.objects.set(key, upload);
    this.completed.push(uploadId);
    return Promise.resolve("completed");
  }

  find(key: string, isOurs: IsOurs): Promise<"raw" | undefined> {
    const provenance = this.objects.get(key)?.provenance;
    return Promise.resolve(provenance && isOurs(provenance) ? "raw" : undefined);
  }

  hasEarlier(key: string, _at: number, isOurs: IsOurs): Promise<boolean> {
    const earlier = [...this.objects.values()].filter((object) => object.key < key);
    return Promise.resolve(
      earlier.some(({ provenance }) => provenance !== undefined && isOurs(provenance)),
    );
  }

  abort({ uploadId }: Upload): Promise<"aborted" | "gone"> {
    this.aborted.push(uploadId);
    return Promise.resolve(this.uploads.delete(uploadId) ? "aborted" : "gone");
  }

  async *pending(prefix: string): AsyncIterable<Upload & { readonly startedAt: Date }> {
    for (const [uploadId, { key, startedAt }] of [...this.uploads]) {
      if (key.startsWith(prefix)) yield { key, uploadId, startedAt: startedAt ?? new Date(0) };
    }
  }
}
