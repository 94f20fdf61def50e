import {
  AbortMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  ListPartsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { fromMetadata, type Provenance, toMetadata } from "../../shared/formats/provenance.ts";
import { nameOf, statusOf } from "../../shared/s3/explain.ts";
import { requestsTo, tag } from "../../shared/s3/signed_requests.ts";
import type { Completion, IsOurs, Store, Upload } from "./store.ts";

/** The two buckets that a file of ours can be in. */
export interface Buckets {
  readonly raw: string;
  /** Where the loader moves files; see warehouse/load/archive.ts. */
  readonly archive: string;
}

/** What a server does beyond what every S3 does; see conditional_writes.ts. */
export interface S3Abilities {
  /** Whether a completion with `If-None-Match: *` never replaces an object. */
  readonly conditional: boolean;
  /** Whether the answer to a completion tells the checksum of the object that it made. */
  readonly returnsChecksum: boolean;
}

/** Those of AWS and of VersityGW. */
export const FULL_ABILITIES: S3Abilities = { conditional: true, returnsChecksum: true };

/**
 * S3 will say so of the same completion whenever it is sent. The upload is damaged, or its bucket is
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

/** How many earlier files are looked at, the earliest first. */
const EARLIER = 8;

/**
 * The store of two S3 buckets. Its errors are those of the AWS SDK.
 *
 * @param abilities of the server. @default all
 */
export function s3Store(
  s3: S3Client,
  { raw: Bucket, archive }: Buckets,
  { conditional, returnsChecksum }: S3Abilities = FULL_ABILITIES,
): Store {
  const send = requestsTo(s3, Bucket);
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

    async complete(upload, abortSignal) {
      const outcome = await tryToComplete(upload, abortSignal);
      return outcome === "refused" ? await whenRefused(upload, abortSignal) : outcome;
    },

    async find(Key, isOurs, abortSignal) {
      if (await isFile(Bucket, Key, isOurs, abortSignal)) return "raw";
      try {
        return await isFile(archive, Key, isOurs, abortSignal) ? "archive" : undefined;
      } catch (error) {
        // The raw bucket has just answered: it is this bucket, not S3, that cannot be used.
        const status = statusOf(error);
        if (status !== undefined && status < 500 && status !== 429) return undefined;
        throw error;
      }
    },

    async abort({ key: Key, uploadId: UploadId }, abortSignal) {
      try {
        // Some servers take the abort of an upload that they do not know for done.
        await partETag(Key, UploadId, abortSignal);
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
        earlier.slice(0, EARLIER).map((Key) => isFile(Bucket, Key, isOurs, abortSignal)),
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

  async function tryToComplete(
    { key: Key, uploadId: UploadId, etag }: Upload,
    abortSignal: AbortSignal,
  ): Promise<Completion> {
    try {
      const ETag = etag ?? await partETag(Key, UploadId, abortSignal);
      if (ETag === undefined) return "refused";
      if (!conditional && await isThere(Key, abortSignal)) {
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
      // The one that makes the object knows its checksum. VersityGW also answers 200, without one,
      // while another completion of the upload is under way (which may still fail), and for an upload
      // that it does not know if any object has the key.
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

  /** The ETag of an upload's one part; undefined if it has none. */
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
   * What became of an upload whose key is taken: by a foreign writer, or by this very upload, completed
   * before with its answer lost. A completed upload no longer exists, so its parts tell which.
   */
  async function whenTaken(Key: string, UploadId: string, abortSignal: AbortSignal) {
    try {
      return await partETag(Key, UploadId, abortSignal) === undefined ? "refused" : "taken";
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async function isThere(Key: string, abortSignal: AbortSignal): Promise<boolean> {
    try {
      await s3.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal });
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  async function isFile(
    Bucket: string,
    Key: string,
    isOurs: IsOurs,
    abortSignal: AbortSignal,
  ): Promise<boolean> {
    try {
      const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal });
      const provenance = fromMetadata(Metadata);
      return provenance !== undefined && isOurs(provenance);
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }
}

function metadataHeaders(provenance: Provenance): Record<string, string> {
  return Object.fromEntries(
    Object.entries(toMetadata(provenance)).map(([name, value]) => [`x-amz-meta-${name}`, value]),
  );
}

/** The list of an upload's one part. */
function completionOf(etag: string): Uint8Array {
  return new TextEncoder().encode(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><ETag>${
      etag.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    }</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>`,
  );
}

/** What an error says of an upload. @throws the error, if it says nothing */
function outcomeOf(error: unknown): "gone" | "refused" {
  const name = nameOf(error);
  if (name === "NoSuchUpload") return "gone";
  if (name !== undefined && PERMANENT.has(name)) return "refused";
  throw error;
}
