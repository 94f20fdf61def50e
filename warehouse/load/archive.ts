import type { S3Client } from "@aws-sdk/client-s3";
import { ASIDE } from "../../shared/formats/object_key.ts";
import { type FileEntry, unlessGone } from "../../shared/s3/landed_files.ts";
import { fromMetadata, type Provenance } from "../../shared/formats/provenance.ts";
import { nameOf, statusOf } from "../../shared/s3/explain.ts";
import {
  copyObject,
  deleteObject,
  headObject,
  type Place,
  type Version,
} from "../../shared/s3/objects.ts";

/** A server that keeps objects as files has one where this key needs a folder, or the reverse. */
const IN_THE_WAY = ["ObjectParentIsFile", "ExistingObjectIsDirectory"];

/** The two buckets between which files move. */
interface Buckets {
  readonly raw: string;
  readonly archive: string;
}

/**
 * Moves a loaded file from the raw bucket to the archive, unless it was overwritten since.
 * S3 has no move: a copy with the same name, then the deletion, so that it always exists. Safe
 * when another loader does the same, and after an interruption.
 *
 * What is in the archive is never overwritten by other content: one of two files with the same name
 * is kept {@linkcode aside}. A file of our consumer has its own name in any case, because that is
 * where the consumer looks for it when it has to find out what became of it (`find` in
 * consumer/landing/store.ts).
 *
 * @throws the AWS SDK's errors
 */
export async function archive(
  s3: S3Client,
  { raw, archive }: Buckets,
  { key, etag }: Pick<FileEntry, "key" | "etag">,
): Promise<void> {
  const file = { bucket: raw, key, etag };
  const there = await look(s3, archive, key);
  const apart = { bucket: archive, key: aside(key, etag) };
  if (!there) {
    return await move(s3, file, { bucket: archive, key }).catch(async (error) => {
      if (!IN_THE_WAY.includes(nameOf(error) ?? "")) throw error;
      await move(s3, file, apart);
    });
  }
  const here = await look(s3, raw, key);
  // Gone, or overwritten: then it is another file, to be loaded.
  if (here?.etag !== etag) return;
  if (isSame(here, there)) return await remove(s3, file);
  if (!here.provenance) return await move(s3, file, apart);
  await copy(s3, { bucket: archive, key, etag: there.etag }, {
    bucket: archive,
    key: aside(key, there.etag),
  });
  await move(s3, file, { bucket: archive, key });
}

/**
 * The name in the archive of a file whose own name is taken. In a folder of its own, so that
 * it is neither counted nor loaded; with the ETag, which identifies its content.
 */
export function aside(key: string, etag: string): string {
  return `${ASIDE}${etag.replaceAll(/[^\w-]/g, "")}/${key}`;
}

interface Looked {
  readonly etag: string;
  readonly bytes: number | undefined;
  readonly provenance: Provenance | undefined;
}

async function look(s3: S3Client, bucket: string, key: string): Promise<Looked | undefined> {
  const head = await unlessGone(headObject(s3, { bucket, key }));
  return head && { ...head, provenance: fromMetadata(head.metadata) };
}

/** A copy of an object that was uploaded in parts may have another ETag. */
function isSame(one: Looked, other: Looked): boolean {
  const sha256 = one.provenance?.sha256;
  const content = sha256 !== undefined && sha256 === other.provenance?.sha256;
  return one.bytes === other.bytes && (content || one.etag === other.etag);
}

async function move(s3: S3Client, from: Version, to: Place): Promise<void> {
  if (await copy(s3, from, to)) await remove(s3, from);
}

/** @returns whether it was still there, with this content */
async function copy(s3: S3Client, from: Version, to: Place): Promise<boolean> {
  return await unlessChanged(copyObject(s3, from, to));
}

async function remove(s3: S3Client, file: Version): Promise<void> {
  await unlessChanged(deleteObject(s3, file));
}

async function unlessChanged(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    // A missing bucket does not mean that a file has changed.
    const isChange = statusOf(error) === 404 && nameOf(error) !== "NoSuchBucket";
    if (isChange || statusOf(error) === 412) return false;
    throw error;
  }
}
