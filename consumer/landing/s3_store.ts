import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type Provenance, toMetadata } from "../../shared/formats/provenance.ts";
import { nameOf, statusOf } from "../../shared/s3/explain.ts";
import { requestsTo, tag } from "../../shared/s3/signed_requests.ts";
import { completerOf } from "./complete_upload.ts";
import { isFile } from "./heads.ts";
import { FULL_ABILITIES, type S3Abilities } from "./s3_abilities.ts";
import type { Store } from "./store.ts";

/** The two buckets that a file of ours can be in. */
export interface Buckets {
  readonly raw: string;
  /** Where the loader moves files; see warehouse/load/archive.ts. */
  readonly archive: string;
}

/** How many earlier files are checked, the earliest first. */
const EARLIER = 8;

/**
 * The store of two S3 buckets. Its errors are those of the AWS SDK.
 *
 * @param abilities of the server. @default all
 */
export function s3Store(
  s3: S3Client,
  { raw: Bucket, archive }: Buckets,
  abilities: S3Abilities = FULL_ABILITIES,
): Store {
  const send = requestsTo(s3, Bucket);
  const completer = completerOf({ s3, send, Bucket }, abilities);
  return {
    async upload(Key, Body, provenance, abortSignal) {
      const { body } = await send({
        method: "POST",
        key: Key,
        query: "uploads=",
        headers: { "Content-Type": "text/csv; charset=utf-8", ...metadataHeaders(provenance) },
      }, abortSignal);
      const upload = { key: Key, uploadId: tag(body, "UploadId")! };
      const query = `partNumber=1&uploadId=${encodeURIComponent(upload.uploadId)}`;
      const { sha256 } = provenance;
      try {
        const part = { method: "PUT", key: Key, query, body: Body, sha256 } as const;
        const { headers: { etag: ETag } } = await send(part, abortSignal);
        return { ...upload, etag: ETag };
      } catch (error) {
        this.abort(upload).catch(() => {/* It stays as an orphan: see orphans.ts. */});
        throw error;
      }
    },

    complete: completer.complete,

    async find(Key, isOurs, abortSignal) {
      if (await isFile(s3, { Bucket, Key }, isOurs, abortSignal)) return "raw";
      try {
        return await isFile(s3, { Bucket: archive, Key }, isOurs, abortSignal)
          ? "archive"
          : undefined;
      } catch (error) {
        // The raw bucket has just responded: it is this bucket, not S3, that is unavailable.
        const status = statusOf(error);
        if (status !== undefined && status < 500 && status !== 429) return undefined;
        throw error;
      }
    },

    async abort({ key: Key, uploadId: UploadId }, abortSignal) {
      try {
        // Some servers report the abort of an unknown upload as done.
        await completer.partETag(Key, UploadId, abortSignal);
        await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), { abortSignal });
        return "aborted";
      } catch (error) {
        if (nameOf(error) === "NoSuchUpload" || nameOf(error) === "NoSuchBucket") return "gone";
        throw error;
      }
    },

    async hasEarlier(key, at, isOurs, abortSignal) {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket, Prefix: key.slice(0, key.indexOf("/") + 1) }),
        { abortSignal },
      );
      const earlier = Contents.flatMap(({ Key, LastModified }) =>
        Key && Key < key && LastModified!.getTime() < at ? [Key] : []
      );
      const found = await Promise.all(
        earlier.slice(0, EARLIER).map((Key) => isFile(s3, { Bucket, Key }, isOurs, abortSignal)),
      );
      return found.includes(true);
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
}

function metadataHeaders(provenance: Provenance): Record<string, string> {
  return Object.fromEntries(
    Object.entries(toMetadata(provenance)).map(([name, value]) => [`x-amz-meta-${name}`, value]),
  );
}
