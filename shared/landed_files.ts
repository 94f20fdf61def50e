import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { isType, type Type } from "./events.ts";
import { statusOf } from "./s3_errors.ts";

/** A file in the raw bucket, or in the archive. */
export interface FileEntry {
  readonly key: string;
  readonly type: Type;
  readonly bytes: number;
  readonly etag: string;
  /** When the object was made. */
  readonly landedAt: Date;
}

const CONCURRENCY = 16;

/**
 * The landed files of all types, in the order of their keys, as S3 gives them: at most 1,000 at a time.
 *
 * @throws the SDK's errors; that of an aborted request when aborted
 */
export async function* listPages(
  s3: S3Client,
  Bucket: string,
  signal?: AbortSignal,
): AsyncGenerator<FileEntry[]> {
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, ContinuationToken }),
      { abortSignal: signal },
    );
    const files: FileEntry[] = [];
    for (const { Key: key = "", Size: bytes = 0, ETag, LastModified } of page.Contents ?? []) {
      const type = key.split("/")[0]!;
      if (isType(type)) files.push({ key, type, bytes, etag: ETag!, landedAt: LastModified! });
    }
    yield files;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

/** The landed files of all types, in the order of their keys. */
export async function listFiles(s3: S3Client, bucket: string): Promise<FileEntry[]> {
  const files: FileEntry[] = [];
  for await (const page of listPages(s3, bucket)) for (const file of page) files.push(file);
  return files;
}

/**
 * The rows of files by what their writer noted; undefined if that was not our consumer. Files that
 * somebody has moved away meanwhile are left out.
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

/** The texts of files, but for those that somebody has moved away meanwhile. */
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

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
