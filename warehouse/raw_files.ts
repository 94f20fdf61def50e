import type { S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import { typeOfKey } from "../shared/formats/file_name.ts";
import { type FileEntry, listFiles } from "../shared/landed_files.ts";
import { knownFiles } from "./load_ledger.ts";

/** The files of the raw bucket that have the name of one to load, the oldest first. */
export async function listRawFiles(s3: S3Client, bucket: string): Promise<FileEntry[]> {
  const files = (await listFiles(s3, bucket)).filter(({ key, type }) => typeOfKey(key) === type);
  return files.sort((a, b) => a.landedAt.getTime() - b.landedAt.getTime());
}

/** What the ledger says of the files of the raw bucket. */
export interface Sorted {
  /** Not loaded yet. */
  readonly waiting: readonly FileEntry[];
  /** Loaded, but not moved: a loader has ended in between. */
  readonly loaded: readonly FileEntry[];
  /** Cannot be read. */
  readonly unreadable: readonly FileEntry[];
}

/** Lists the raw bucket and sorts its files by what the ledger says of them. */
export async function sortFiles(
  client: pg.Client,
  s3: S3Client,
  bucket: string,
): Promise<Sorted> {
  const files = await listRawFiles(s3, bucket);
  const known = await knownFiles(client, bucket, files);
  const having = (status?: string) => files.filter(({ key }) => known.get(key) === status);
  return { waiting: having(), loaded: having("loaded"), unreadable: having("failed") };
}
