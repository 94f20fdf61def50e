import type { S3Client } from "@aws-sdk/client-s3";
import { type Type, types } from "../shared/events.ts";
import { countRows, listFiles } from "../shared/landed_files.ts";

/** The landed files of a type. */
export interface FilesStatus {
  readonly type: Type;
  readonly files: number;
  readonly bytes: number;
  /** Undefined if there are too many files to ask each, or one was written by somebody else. */
  readonly rows?: number;
}

/** Every file costs a request to count its rows. */
export const MAX_COUNTED_FILES = 1_000;

/** Files, rows and bytes of each type. */
export async function filesStatus(s3: S3Client, bucket: string): Promise<FilesStatus[]> {
  const listed = await listFiles(s3, bucket);
  const files = listed.length <= MAX_COUNTED_FILES
    ? await countRows(s3, bucket, listed)
    : listed.map((file) => ({ ...file, rows: undefined }));
  return types.map((type) => {
    const mine = files.filter((file) => file.type === type);
    return {
      type,
      files: mine.length,
      bytes: mine.reduce((sum, { bytes }) => sum + bytes, 0),
      rows: mine.reduce<number | undefined>(
        (sum, { rows }) => sum === undefined || rows === undefined ? undefined : sum + rows,
        0,
      ),
    };
  });
}
