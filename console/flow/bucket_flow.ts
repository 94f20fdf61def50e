import type { S3Client } from "@aws-sdk/client-s3";
import { listPages } from "../../shared/s3/landed_files.ts";
import type { BucketFlow } from "./flow.ts";

/** More files are not listed: a person sees that it is many. */
const MOST = 5_000;

/**
 * The files that wait in the raw bucket.
 *
 * @throws the SDK's errors
 */
export async function bucketFlow(s3: S3Client, bucket: string): Promise<BucketFlow> {
  let waiting = 0;
  let oldestAt = Infinity;
  for await (const page of listPages(s3, bucket)) {
    waiting += page.length;
    for (const { landedAt } of page) oldestAt = Math.min(oldestAt, landedAt.getTime());
    if (waiting >= MOST) return { waiting, partial: true, oldestAt };
  }
  return { waiting, partial: false, ...waiting > 0 ? { oldestAt } : {} };
}
