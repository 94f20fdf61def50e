import { ListPartsCommand, type S3Client } from "@aws-sdk/client-s3";
import { nameOf, statusOf } from "../../shared/s3/explain.ts";
import type { SendToBucket } from "../../shared/s3/signed_requests.ts";
import { isThere } from "./heads.ts";
import type { S3Abilities } from "./s3_abilities.ts";
import type { Completion, Upload } from "./store.ts";

/** Completes the multipart uploads of a bucket. Its errors are those of the AWS SDK. */
export interface Completer {
  /** Makes the file visible; see {@linkcode Completion}. */
  complete(upload: Upload, signal: AbortSignal): Promise<Completion>;
  /** The ETag of an upload's one part; undefined if it has none. */
  partETag(key: string, uploadId: string, signal?: AbortSignal): Promise<string | undefined>;
}

/** Returns what completes the uploads of a bucket on a server with these abilities. */
export function completerOf(
  { s3, send, Bucket }: { s3: S3Client; send: SendToBucket; Bucket: string },
  { conditional, returnsChecksum }: S3Abilities,
): Completer {
  return { complete, partETag };

  async function complete(upload: Upload, abortSignal: AbortSignal): Promise<Completion> {
    const outcome = await tryToComplete(upload, abortSignal);
    return outcome === "refused" ? await whenRefused(upload, abortSignal) : outcome;
  }

  async function tryToComplete(
    { key: Key, uploadId: UploadId, etag }: Upload,
    abortSignal: AbortSignal,
  ): Promise<Completion> {
    try {
      const ETag = etag ?? await partETag(Key, UploadId, abortSignal);
      if (ETag === undefined) return "refused";
      if (!conditional && await isThere(s3, { Bucket, Key }, abortSignal)) {
        return await whenTaken(Key, UploadId, abortSignal);
      }
      const { body } = await send({
        method: "POST",
        key: Key,
        query: `uploadId=${encodeURIComponent(UploadId)}`,
        headers: {
          "Content-Type": "application/xml",
          ...(conditional ? { "If-None-Match": "*" } : {}),
        },
        body: completionOf(ETag),
      }, abortSignal);
      // The completion that creates the object returns its checksum. VersityGW also responds 200,
      // without one, while another completion of the upload is in progress (which may still fail),
      // and for an upload that it does not know, if any object has the key.
      return returnsChecksum && !body.includes("<ChecksumType>") ? "gone" : "completed";
    } catch (error) {
      if (nameOf(error) === "ConditionalRequestConflict") return "conflict";
      if (statusOf(error) !== 412) return outcomeOf(error);
    }
    return await whenTaken(Key, UploadId, abortSignal);
  }

  /**
   * What became of an upload that S3 refuses to complete. In the moment in which VersityGW moves it
   * away for another completion, its part is missing: then it is unknown a moment later.
   */
  async function whenRefused({ key, uploadId }: Upload, abortSignal: AbortSignal) {
    try {
      await partETag(key, uploadId, abortSignal);
      return "refused";
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async function partETag(
    Key: string,
    UploadId: Upload["uploadId"],
    abortSignal?: AbortSignal,
  ): Promise<string | undefined> {
    const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }), {
      abortSignal,
    });
    return Parts?.[0]?.ETag;
  }

  /**
   * What became of an upload whose key is taken: by another writer, or by this very upload,
   * completed before with its response lost. A completed upload no longer exists, so its parts tell
   * which.
   */
  async function whenTaken(Key: string, UploadId: string, abortSignal: AbortSignal) {
    try {
      return await partETag(Key, UploadId, abortSignal) === undefined ? "refused" : "taken";
    } catch (error) {
      return outcomeOf(error);
    }
  }
}

/**
 * S3 will reject this completion whenever it is sent. The upload is damaged, or its bucket is
 * not there any more.
 */
const PERMANENT = new Set([
  "EntityTooLarge",
  "EntityTooSmall",
  "InvalidArgument",
  "InvalidPart",
  "InvalidPartOrder",
  "InvalidRequest",
  "MalformedXML",
  "NoSuchBucket",
]);

/** The list of an upload's one part. */
function completionOf(etag: string): Uint8Array {
  return new TextEncoder().encode(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><ETag>${
      etag.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    }</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>`,
  );
}

/** What an error says about an upload. @throws the error, if it says nothing */
function outcomeOf(error: unknown): "gone" | "refused" {
  const name = nameOf(error);
  if (name === "NoSuchUpload") return "gone";
  if (name !== undefined && PERMANENT.has(name)) return "refused";
  throw error;
}
