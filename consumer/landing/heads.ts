import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { fromMetadata } from "../../shared/formats/provenance.ts";
import { unlessGone } from "../../shared/s3/landed_files.ts";
import type { IsOurs } from "./store.ts";

interface ObjectOf {
  readonly Bucket: string;
  readonly Key: string;
}

/** Whether there is an object. @throws the AWS SDK's errors */
export async function isThere(
  s3: S3Client,
  object: ObjectOf,
  abortSignal: AbortSignal,
): Promise<boolean> {
  return await head(s3, object, abortSignal) !== undefined;
}

/** Whether there is an object with the provenance of a file of ours. @throws the AWS SDK's errors */
export async function isFile(
  s3: S3Client,
  object: ObjectOf,
  isOurs: IsOurs,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const found = await head(s3, object, abortSignal);
  const provenance = found && fromMetadata(found.Metadata);
  return provenance !== undefined && isOurs(provenance);
}

async function head(s3: S3Client, object: ObjectOf, abortSignal: AbortSignal) {
  return await unlessGone(s3.send(new HeadObjectCommand({ ...object }), { abortSignal }));
}
