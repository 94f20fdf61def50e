import type { S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import { type FileEntry, listFiles } from "../../shared/s3/landed_files.ts";
import { PassedOver } from "../../shared/s3/passed_over.ts";
import { knownFiles } from "./load_ledger.ts";

/** What is in the raw bucket. */
export interface Listing {
  /** The oldest first. */
  readonly files: readonly FileEntry[];
  /** Objects that are not files to load, as one line; undefined if there are none. */
  readonly passedOver: string | undefined;
}

/** Lists the raw bucket. */
export async function listRaw(s3: S3Client, bucket: string): Promise<Listing> {
  const passedOver = new PassedOver();
  const files = await listFiles(s3, bucket, passedOver);
  return {
    files: files.sort((a, b) => a.landedAt.getTime() - b.landedAt.getTime()),
    passedOver: passedOver.text(bucket),
  };
}

/** What the ledger says about the files of the raw bucket. */
export interface Sorted {
  /** Not loaded yet. */
  readonly waiting: readonly FileEntry[];
  /** Loaded but not moved: a loader has ended in between. */
  readonly loaded: readonly FileEntry[];
  /** Cannot be read. */
  readonly unreadable: readonly FileEntry[];
  /** Objects that are not files to load, as one line; undefined if there are none. */
  readonly passedOver: Listing["passedOver"];
}

/** Lists the raw bucket and sorts its files by what the ledger says about them. */
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
