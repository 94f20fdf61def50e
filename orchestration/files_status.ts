import type { S3Client } from "@aws-sdk/client-s3";
import { type FileType, fileTypes, isType } from "../shared/catalogue/events.ts";
import { countRows, type FileEntry, listPages } from "../shared/s3/landed_files.ts";
import { PassedOver } from "../shared/s3/passed_over.ts";
import { nameOf } from "../shared/s3/explain.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { undefinedIfAborted } from "./undefined_if_aborted.ts";

/** The landed files of a type, in the raw bucket and in the archive. */
export interface FilesStatus {
  readonly type: FileType;
  readonly files: number;
  readonly bytes: number;
  /** Files in the raw bucket, not loaded yet. */
  readonly waiting: number;
  /** Undefined if there are too many files to ask each, or one is of another writer. */
  readonly rows?: number;
  /** There may be more: time ran out before all were listed. */
  readonly partial?: true;
}

/** What is in the raw bucket and in the archive. */
export interface BucketStatus {
  /** Of each type. */
  readonly types: readonly FilesStatus[];
  /** Objects in the raw bucket that are not files to load, as one line. */
  readonly passedOver: string | undefined;
}

/** Every file costs a request to count its rows. */
export const MAX_COUNTED_FILES = 1_000;

/**
 * Files, rows and bytes of each type. An archive that is not there yet holds none. Listings are
 * summed up a page at a time, and not held.
 *
 * @param over aborts the counting: what was found until then is given
 * @throws the SDK's errors
 */
export async function filesStatus(
  s3: S3Client,
  { bucket, archiveBucket }: Pick<Settings, "bucket" | "archiveBucket">,
  over?: AbortSignal,
): Promise<BucketStatus> {
  const sums = new Map(fileTypes.map((type) => [type, { files: 0, bytes: 0, waiting: 0 }]));
  const passedOver = new PassedOver();
  // Those whose rows are counted: all, while they are few.
  let few: { bucket: string; file: FileEntry }[] | undefined = [];
  const list = async (bucket: string, waits: boolean) => {
    const others = waits ? passedOver : undefined;
    for await (const page of listPages(s3, bucket, { signal: over, passedOver: others })) {
      for (const { type, bytes } of page) {
        const sum = sums.get(type)!;
        sum.files++;
        sum.bytes += bytes;
        if (waits) sum.waiting++;
      }
      few?.push(...page.map((file) => ({ bucket, file })));
      if (few && few.length > MAX_COUNTED_FILES) few = undefined;
    }
  };
  const isWhole = await undefinedIfAborted(over, async () => {
    await list(bucket, true);
    await list(archiveBucket, false).catch((error) => {
      if (nameOf(error) !== "NoSuchBucket") throw error;
    });
    return true;
  });
  const counted = isWhole ? few : undefined;
  const rows = counted && await undefinedIfAborted(over, () => rowsOf(s3, counted, over));
  const shown = fileTypes.filter((type) => isType(type) || sums.get(type)!.files > 0);
  const status = shown.map((type) => ({
    type,
    ...sums.get(type)!,
    rows: rows?.get(type),
    ...(isWhole ? {} : { partial: true as const }),
  }));
  return { types: status, passedOver: passedOver.text(bucket) };
}

async function rowsOf(
  s3: S3Client,
  files: readonly { readonly bucket: string; readonly file: FileEntry }[],
  over?: AbortSignal,
): Promise<Map<FileType, number | undefined>> {
  const rows = new Map<FileType, number | undefined>(fileTypes.map((type) => [type, 0]));
  for (const [bucket, some] of Map.groupBy(files, ({ bucket }) => bucket)) {
    for (const file of await countRows(s3, bucket, some.map(({ file }) => file), over)) {
      const sum = rows.get(file.type);
      rows.set(
        file.type,
        sum === undefined || file.rows === undefined ? undefined : sum + file.rows,
      );
    }
  }
  return rows;
}
