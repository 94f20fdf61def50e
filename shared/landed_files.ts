import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import type { Type } from "./events.ts";
import { readKey } from "./file_names.ts";
import type { PassedOver } from "./passed_over.ts";
import { statusOf } from "./s3.ts";

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

/** What is in a bucket. */
export interface Listing {
  /** The files of all types, in the order of their keys. */
  readonly files: readonly FileEntry[];
  /** What is no file to load. */
  readonly passedOver: readonly PassedOver[];
}

/** Lists a bucket, and tells files to load from all else by the one rule of {@linkcode readKey}. */
export async function listBucket(s3: S3Client, Bucket: string): Promise<Listing> {
  const files: FileEntry[] = [];
  const passedOver: PassedOver[] = [];
  // Encoded, as XML can hold no control characters.
  const input = { Bucket, EncodingType: "url" } as const;
  for await (const page of paginateListObjectsV2({ client: s3 }, input)) {
    const isEncoded = page.EncodingType === "url";
    for (const { Key = "", Size: bytes = 0, ETag, LastModified } of page.Contents ?? []) {
      const key = isEncoded ? decodeURIComponent(Key.replaceAll("+", " ")) : Key;
      // What consoles of S3 make to show a folder.
      if (key.endsWith("/") && bytes === 0) continue;
      const isLost = !isEncoded && key.includes("\ufffd");
      const named = isLost
        ? { reason: "with a name that this S3 server cannot list" }
        : readKey(key);
      if ("reason" in named) passedOver.push({ key, reason: named.reason });
      else files.push({ key, type: named.type, bytes, etag: ETag!, landedAt: LastModified! });
    }
  }
  return { files, passedOver };
}

/** The files of all types in a bucket, in the order of their keys. */
export async function listFiles(s3: S3Client, Bucket: string): Promise<readonly FileEntry[]> {
  return (await listBucket(s3, Bucket)).files;
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
