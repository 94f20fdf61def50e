import type { S3Client } from "@aws-sdk/client-s3";
import { type Type, types } from "../shared/events.ts";
import { countRows, listBucket, listFiles } from "../shared/landed_files.ts";
import type { PassedOver } from "../shared/passed_over.ts";
import { nameOf } from "../shared/s3.ts";
import type { Settings } from "../shared/settings.ts";

/** The landed files of a type, in the raw bucket and in the archive. */
export interface FilesStatus {
  readonly type: Type;
  readonly files: number;
  readonly bytes: number;
  /** Files that are in the raw bucket: not loaded yet. */
  readonly waiting: number;
  /** Undefined if there are too many files to ask each, or one was written by somebody else. */
  readonly rows?: number;
}

/** What is in the raw bucket and in the archive. */
export interface BucketStatus {
  /** Of each type. */
  readonly types: readonly FilesStatus[];
  /** What is in the raw bucket and no file to load. */
  readonly passedOver: readonly PassedOver[];
}

/** Every file costs a request to count its rows. */
export const MAX_COUNTED_FILES = 1_000;

/** Files, rows and bytes of each type. An archive that is not there yet holds none. */
export async function filesStatus(
  s3: S3Client,
  { bucket, archiveBucket }: Pick<Settings, "bucket" | "archiveBucket">,
): Promise<BucketStatus> {
  const { files: raw, passedOver } = await listBucket(s3, bucket);
  const archived = await listFiles(s3, archiveBucket).catch((error) => {
    if (nameOf(error) === "NoSuchBucket") return [];
    throw error;
  });
  const waiting = new Set(raw.map(({ key }) => key));
  const files = raw.length + archived.length <= MAX_COUNTED_FILES
    ? [...await countRows(s3, bucket, raw), ...await countRows(s3, archiveBucket, archived)]
    : [...raw, ...archived].map((file) => ({ ...file, rows: undefined }));
  const status = types.map((type) => {
    const mine = files.filter((file) => file.type === type);
    return {
      type,
      files: mine.length,
      bytes: mine.reduce((sum, { bytes }) => sum + bytes, 0),
      waiting: mine.filter(({ key }) => waiting.has(key)).length,
      rows: mine.reduce<number | undefined>(
        (sum, { rows }) => sum === undefined || rows === undefined ? undefined : sum + rows,
        0,
      ),
    };
  });
  return { types: status, passedOver };
}
