import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { type Type } from "../../shared/events.ts";
import type { FileEntry } from "../../shared/landed_files.ts";
import { fromMetadata, type Provenance } from "../../shared/formats/provenance.ts";
import { statusOf } from "../../shared/s3_errors.ts";
import type { Claim } from "./coverage.ts";

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
 * Asks files for what their writer has noted.
 *
 * @returns those of our consumer, and those of others; what is gone meanwhile is in neither
 */
export async function askFiles(
  s3: S3Client,
  Bucket: string,
  files: readonly FileEntry[],
): Promise<{ ours: ClaimedFile[]; others: FileEntry[] }> {
  const ours: ClaimedFile[] = [];
  const others: FileEntry[] = [];
  await pLimit(CONCURRENCY).map(files, async (file) => {
    try {
      const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key: file.key }));
      const provenance = fromMetadata(Metadata);
      if (provenance) ours.push({ key: file.key, type: file.type, ...provenance });
      else others.push(file);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  });
  return { ours, others };
}

/**
 * Divides a group's files of a topic into those of the present one, and those of one of its name that
 * was deleted since. A file that does not know its topic's id counts for the present one.
 *
 * @param topicId undefined where the broker has none
 */
export function filesOf(
  files: readonly ClaimedFile[],
  topic: string,
  topicId: string | undefined,
  group: string,
): { present: ClaimedFile[]; deleted: ClaimedFile[] } {
  const { present = [], deleted = [] } = Object.groupBy(
    files.filter((file) => file.topic === topic && file.group === group),
    (file) => (file.topicId ?? topicId) === (topicId ?? file.topicId) ? "present" : "deleted",
  );
  return { present, deleted };
}

/** What files claim of their topic's partitions. */
export function claimsOf(files: readonly ClaimedFile[]): Claim[] {
  return files.flatMap(({ key, ranges }) => ranges.map((range) => ({ file: key, ...range })));
}
