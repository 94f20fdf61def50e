import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { fromMetadata, type Provenance, toMetadata } from "../shared/provenance.ts";
import { nameOf, statusOf } from "../shared/s3.ts";

/** A multipart upload that holds its one part and waits for its completion. */
export interface Upload {
  readonly key: string;
  readonly uploadId: string;
  /** The part's ETag; a successor, who knows only the plan, asks S3 for it. */
  readonly etag?: string;
}

/**
 * What became of a completion. `gone`: the upload is no more, so it was completed before (or, long
 * ago, aborted by a rule of the bucket). `taken`: an object of a foreign writer has the key.
 */
export type Completion = "completed" | "gone" | "taken";

/** Tells by its provenance whether an object is the file that was to be made. */
export type IsOurs = (provenance: Provenance) => boolean;

/** The bucket as the landing protocol needs it. */
export interface Store {
  /** Uploads a file; nothing is visible yet. */
  upload(key: string, body: Uint8Array, of: Provenance, signal: AbortSignal): Promise<Upload>;
  /** Makes the file visible, unless the key is taken. An upload can be completed only once. */
  complete(upload: Upload, signal: AbortSignal): Promise<Completion>;
  /** Whether the object is there and ours. */
  has(key: string, isOurs: IsOurs, signal: AbortSignal): Promise<boolean>;
  /** Gives up an upload that was never planned. */
  abort(upload: Upload, signal?: AbortSignal): Promise<void>;
  /** Uploads under a prefix that have not been completed, a page at a time. */
  pending(
    prefix: string,
    signal: AbortSignal,
  ): AsyncIterable<Upload & { readonly startedAt: Date }>;
}

/** The store of an S3 bucket. Its errors are those of the AWS SDK. */
export function s3Store(s3: S3Client, Bucket: string): Store {
  return {
    async upload(Key, Body, provenance, abortSignal) {
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({
          Bucket,
          Key,
          ContentType: "text/csv; charset=utf-8",
          Metadata: toMetadata(provenance),
        }),
        { abortSignal },
      );
      const upload = { key: Key, uploadId: UploadId! };
      try {
        const { ETag } = await s3.send(
          new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }),
          { abortSignal },
        );
        return { ...upload, etag: ETag };
      } catch (error) {
        this.abort(upload).catch(() => {/* It stays as an orphan: see orphans.ts. */});
        throw error;
      }
    },

    async complete({ key: Key, uploadId: UploadId, etag }, abortSignal) {
      try {
        const ETag = etag ?? await partETag(Key, UploadId, abortSignal);
        await s3.send(
          new CompleteMultipartUploadCommand({
            Bucket,
            Key,
            UploadId,
            IfNoneMatch: "*",
            MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
          }),
          { abortSignal },
        );
        return "completed";
      } catch (error) {
        if (nameOf(error) === "NoSuchUpload") return "gone";
        if (statusOf(error) !== 412) throw error;
      }
      // The key is taken: by a foreign writer, or by this very upload, completed before with its
      // answer lost. A completed upload no longer exists, so its parts tell which.
      try {
        await partETag(Key, UploadId, abortSignal);
        return "taken";
      } catch (error) {
        if (nameOf(error) === "NoSuchUpload") return "gone";
        throw error;
      }
    },

    async has(Key, isOurs, abortSignal) {
      try {
        const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal });
        const provenance = fromMetadata(Metadata);
        return provenance !== undefined && isOurs(provenance);
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    },

    async abort({ key: Key, uploadId: UploadId }, abortSignal) {
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), { abortSignal });
    },

    async *pending(Prefix, abortSignal) {
      let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
      while (next) {
        const page: ListMultipartUploadsCommandOutput = await s3.send(
          new ListMultipartUploadsCommand({ Bucket, Prefix, ...next }),
          { abortSignal },
        );
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (Key && UploadId && Initiated) {
            yield { key: Key, uploadId: UploadId, startedAt: Initiated };
          }
        }
        next = page.IsTruncated
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : undefined;
      }
    },
  };

  async function partETag(Key: string, UploadId: string, abortSignal: AbortSignal) {
    const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }), {
      abortSignal,
    });
    return Parts?.[0]?.ETag;
  }
}
