import type { Provenance } from "../../shared/formats/provenance.ts";

/** A multipart upload that has its one part and only lacks its completion. */
export interface Upload {
  readonly key: string;
  readonly uploadId: string;
  /** The part's ETag; a successor, who knows only the plan, asks S3 for it. */
  readonly etag?: string;
}

/**
 * What became of a completion.
 *
 * - `completed`: this request made the file visible.
 * - `gone`: S3 knows no such upload. It was completed before, or a completion is under way (which may
 *   still fail), or it was aborted. No proof of anything.
 * - `taken`: an object has the key, and the upload still waits.
 * - `conflict`: another request for the key is under way, or has damaged the upload. AWS says so, and to
 *   upload again.
 * - `refused`: S3 will never complete this upload. A completion before may have made the file, though.
 */
export type Completion = "completed" | "gone" | "taken" | "conflict" | "refused";

/** Decides by its provenance whether an object is the intended file. */
export type IsOurs = (provenance: Provenance) => boolean;

/** The raw bucket and the archive, as the landing protocol needs them. */
export interface Store {
  /** Uploads a file; nothing is visible yet. */
  upload(key: string, body: Uint8Array, of: Provenance, signal: AbortSignal): Promise<Upload>;
  /** Makes the file visible, unless the key is taken. An upload can be completed only once. */
  complete(upload: Upload, signal: AbortSignal): Promise<Completion>;
  /**
   * Where a file of ours is: in the raw bucket, else under the same key in the archive, where the
   * loader moves it. An archive that is missing, or may not be read, holds nothing.
   */
  find(key: string, isOurs: IsOurs, signal: AbortSignal): Promise<"raw" | "archive" | undefined>;
  /**
   * Aborts an upload. `aborted`: it existed, and nobody can complete it any more. `gone`: S3 knew
   * no such upload, which proves as little as a completion's `gone`.
   */
  abort(upload: Upload, signal?: AbortSignal): Promise<"aborted" | "gone">;
  /**
   * Whether a file of ours with an earlier key of the same type lies in the raw bucket, and lay
   * there at a time (by S3's clock, in ms since the epoch) already: whoever takes files away, the
   * earliest first, has not taken any since. A bounded look: `false` may mean that it has not been
   * found.
   */
  hasEarlier(key: string, at: number, isOurs: IsOurs, signal: AbortSignal): Promise<boolean>;
  /** Uploads under a prefix that have not been completed, a page at a time. */
  pending(
    prefix: string,
    signal: AbortSignal,
  ): AsyncIterable<Upload & { readonly startedAt: Date }>;
}
