import type { S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import { type FileEntry, listBucket, type Listing } from "../shared/landed_files.ts";
import { knownFiles } from "./load_ledger.ts";

/** What is in the raw bucket, the oldest files first. */
export async function listRaw(s3: S3Client, bucket: string): Promise<Listing> {
  const { files, passedOver } = await listBucket(s3, bucket);
  return {
    files: files.toSorted((a, b) => a.landedAt.getTime() - b.landedAt.getTime()),
    passedOver,
  };
}

/** What the ledger says of the files of the raw bucket. */
export interface Sorted {
  /** Not loaded yet. */
  readonly waiting: readonly FileEntry[];
  /** Loaded, but not moved: a loader has ended in between. */
  readonly loaded: readonly FileEntry[];
  /** Cannot be read. */
  readonly unreadable: readonly FileEntry[];
  /** No files to load. */
  readonly passedOver: Listing["passedOver"];
}

/** Lists the raw bucket and sorts its files by what the ledger says of them. */
export async function sortFiles(
  client: pg.Client,
  s3: S3Client,
  bucket: string,
): Promise<Sorted> {
  const { files, passedOver } = await listRaw(s3, bucket);
  const known = await knownFiles(client, bucket, files);
  const having = (status?: string) => files.filter(({ key }) => known.get(key) === status);
  return {
    waiting: having(),
    loaded: having("loaded"),
    unreadable: having("failed"),
    passedOver,
  };
}
