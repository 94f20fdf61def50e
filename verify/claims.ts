import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { isType, type Type } from "../shared/catalogue/events.ts";
import { type FileEntry, unlessGone } from "../shared/s3/landed_files.ts";
import { fromMetadata, type Provenance } from "../shared/formats/provenance.ts";

/** A file that our consumer has landed, wherever it is now. */
export interface ClaimedFile {
  readonly key: string;
  readonly type: Type;
  readonly topic: string;
  readonly topicId?: string;
  readonly group: string;
  readonly rows: number;
  readonly ranges: Provenance["ranges"];
}

const CONCURRENCY = 16;

/**
 * Reads from some files what their writer has recorded.
 *
 * @returns those of our consumer, and those of others; what is gone meanwhile is in neither
 */
export async function askFiles(
  s3: S3Client,
  Bucket: string,
  files: readonly FileEntry[],
): Promise<{ ours: (FileEntry & ClaimedFile)[]; others: FileEntry[] }> {
  const ours: (FileEntry & ClaimedFile)[] = [];
  const others: FileEntry[] = [];
  await pLimit(CONCURRENCY).map(files, async (file) => {
    const head = await unlessGone(s3.send(new HeadObjectCommand({ Bucket, Key: file.key })));
    if (!head) return;
    const provenance = fromMetadata(head.Metadata);
    const { type } = file;
    // Master data has no topic: what has our provenance all the same is a copy under another name.
    if (provenance && isType(type)) ours.push({ ...file, type, ...provenance });
    else others.push(file);
  });
  return { ours, others };
}
