import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
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

/** The landed files of all types, in the order of their keys. */
export async function listFiles(s3: S3Client, Bucket: string): Promise<FileEntry[]> {
  const files: FileEntry[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key: key = "", Size: bytes = 0, ETag, LastModified } of page.Contents ?? []) {
      const type = key.split("/")[0]!;
      if (isType(type)) files.push({ key, type, bytes, etag: ETag!, landedAt: LastModified! });
    }
  }
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
): Promise<(FileEntry & { readonly rows: number | undefined })[]> {
  const counted = await pLimit(CONCURRENCY).map(files, async (file) => {
    const head = await unlessGone(s3.send(new HeadObjectCommand({ Bucket, Key: file.key })));
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
