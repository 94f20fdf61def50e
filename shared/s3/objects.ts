import type { S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { encodeKey, openIn, requestsTo, type S3Headers } from "./signed_requests.ts";

/** The address of an object. */
export interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** An object with the expected content. */
export type Version = Place & { readonly etag: string };

/** What S3 says of an object. */
export interface ObjectHead {
  readonly etag: string;
  readonly bytes: number | undefined;
  /** The user metadata, by their names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

const METADATA = "x-amz-meta-";

/**
 * Asks for an object, as the SDK's HeadObjectCommand does.
 *
 * @throws errors like the SDK's
 */
export async function headObject(s3: S3Client, { bucket, key }: Place): Promise<ObjectHead> {
  const { headers } = await requestsTo(s3, bucket)({ method: "HEAD", key });
  return headOf(headers);
}

/**
 * Begins to read an object, if it is this version of it, as the SDK's GetObjectCommand does.
 *
 * @throws errors like the SDK's
 */
export async function openObject(
  s3: S3Client,
  { bucket, key, etag }: Version,
): Promise<ObjectHead & { readonly body: Readable }> {
  const request = { method: "GET", key, headers: { "If-Match": etag } } as const;
  const { headers, body } = await openIn(s3, bucket, request);
  return { ...headOf(headers), body };
}

/**
 * Copies an object, if it is this version of it, as the SDK's CopyObjectCommand does.
 *
 * @throws errors like the SDK's
 */
export async function copyObject(s3: S3Client, from: Version, to: Place): Promise<void> {
  await requestsTo(s3, to.bucket)({
    method: "PUT",
    key: to.key,
    headers: {
      "x-amz-copy-source": `${from.bucket}/${encodeKey(from.key)}`,
      "x-amz-copy-source-if-match": from.etag,
    },
  });
}

/**
 * Deletes an object, if it is this version of it, as the SDK's DeleteObjectCommand does.
 *
 * @throws errors like the SDK's
 */
export async function deleteObject(s3: S3Client, { bucket, key, etag }: Version): Promise<void> {
  await requestsTo(s3, bucket)({ method: "DELETE", key, headers: { "If-Match": etag } });
}

function headOf(headers: S3Headers): ObjectHead {
  const length = headers["content-length"];
  return {
    etag: headers.etag!,
    bytes: length === undefined ? undefined : Number(length),
    metadata: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith(METADATA) && value !== undefined
          ? [[name.slice(METADATA.length), value]]
          : []
      ),
    ),
  };
}
