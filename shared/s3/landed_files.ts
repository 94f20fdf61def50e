import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import type { FileType } from "../catalogue/events.ts";
import { readKey } from "../formats/object_key.ts";
import type { PassedOver } from "./passed_over.ts";
import { statusOf } from "./explain.ts";

/** A file in the raw bucket, or in the archive. */
export interface FileEntry {
  readonly key: string;
  readonly type: FileType;
  readonly bytes: number;
  readonly etag: string;
  /** When the object was created. */
  readonly landedAt: Date;
}

const CONCURRENCY = 16;

/**
 * A file by its key, as it is in a bucket now.
 *
 * @returns undefined if it is not there
 * @throws the SDK's errors
 */
export async function lookUpFile(
  s3: S3Client,
  Bucket: string,
  { key, type }: Pick<FileEntry, "key" | "type">,
): Promise<FileEntry | undefined> {
  const head = await unlessGone(s3.send(new HeadObjectCommand({ Bucket, Key: key })));
  if (!head) return undefined;
  const { ETag, ContentLength, LastModified } = head;
  return { key, type, etag: ETag!, bytes: ContentLength!, landedAt: LastModified! };
}

/**
 * The files of all types in a bucket, in the order of their keys, as S3 gives them: at most 1,000
 * at a time. {@linkcode readKey} distinguishes them from all other objects.
 *
 * @param options.passedOver collects the other objects
 * @throws the SDK's errors; that of an aborted request when aborted
 */
export async function* listPages(
  s3: S3Client,
  Bucket: string,
  { signal, passedOver }: { signal?: AbortSignal; passedOver?: PassedOver } = {},
): AsyncGenerator<FileEntry[]> {
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      // Encoded, as XML can hold no control characters.
      new ListObjectsV2Command({ Bucket, ContinuationToken, EncodingType: "url" }),
      { abortSignal: signal },
    );
    const isEncoded = page.EncodingType === "url";
    const files: FileEntry[] = [];
    for (const { Key = "", Size: bytes = 0, ETag, LastModified } of page.Contents ?? []) {
      const key = isEncoded ? decodeURIComponent(Key.replaceAll("+", " ")) : Key;
      // What S3 consoles create to show a folder.
      if (key.endsWith("/") && bytes === 0) continue;
      const isLost = !isEncoded && key.includes("\ufffd");
      const named = isLost
        ? { reason: "with a name that this S3 server cannot list" }
        : readKey(key);
      if ("reason" in named) passedOver?.add(key, named.reason);
      else files.push({ key, type: named.type, bytes, etag: ETag!, landedAt: LastModified! });
    }
    yield files;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

/**
 * The files of all types in a bucket, in the order of their keys.
 *
 * @param passedOver collects the other objects
 */
export async function listFiles(
  s3: S3Client,
  bucket: string,
  passedOver?: PassedOver,
): Promise<FileEntry[]> {
  const files: FileEntry[] = [];
  for await (const page of listPages(s3, bucket, { passedOver })) {
    for (const file of page) files.push(file);
  }
  return files;
}

/**
 * The rows of files as their writer recorded them; undefined if that was not our consumer. Files
 * that have been moved away meanwhile are left out.
 */
export async function countRows(
  s3: S3Client,
  Bucket: string,
  files: readonly FileEntry[],
  signal?: AbortSignal,
): Promise<(FileEntry & { readonly rows: number | undefined })[]> {
  const counted = await pLimit(CONCURRENCY).map(files, async (file) => {
    const ask = new HeadObjectCommand({ Bucket, Key: file.key });
    const head = await unlessGone(s3.send(ask, { abortSignal: signal }));
    const rows = head?.Metadata?.rows;
    return head && { ...file, rows: rows === undefined ? undefined : Number(rows) };
  });
  return counted.filter((file) => file !== undefined);
}

/** The texts of files, except those that have been moved away meanwhile. */
export async function readFiles(
  s3: S3Client,
  Bucket: string,
  files: readonly FileEntry[],
): Promise<(FileEntry & { readonly text: string })[]> {
  const read = await pLimit(CONCURRENCY).map(files, async (file) => {
    const object = await unlessGone(s3.send(new GetObjectCommand({ Bucket, Key: file.key })));
    return object && { ...file, text: await object.Body!.transformToString() };
  });
  return read.filter((file) => file !== undefined);
}

/** S3's response; undefined if there is no such object. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
