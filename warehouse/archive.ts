import { CopyObjectCommand, DeleteObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { FileEntry } from "../shared/landed_files.ts";
import { statusOf } from "../shared/s3.ts";

/**
 * Moves a file that is loaded from the raw bucket to the archive, unless it was written again since.
 * S3 has no move: a copy with the same name, then the deletion, so that it is never nowhere. Harmless
 * when another loader does the same.
 *
 * @throws the AWS SDK's errors
 */
export async function archive(
  s3: S3Client,
  buckets: { readonly raw: string; readonly archive: string },
  { key, etag }: Pick<FileEntry, "key" | "etag">,
): Promise<void> {
  try {
    await s3.send(
      new CopyObjectCommand({
        Bucket: buckets.archive,
        Key: key,
        CopySource: [buckets.raw, ...key.split("/")].map(encodeURIComponent).join("/"),
        CopySourceIfMatch: etag,
      }),
    );
    await s3.send(new DeleteObjectCommand({ Bucket: buckets.raw, Key: key, IfMatch: etag }));
  } catch (error) {
    // Gone, or written again: then it is another file, to be loaded.
    if (statusOf(error) !== 404 && statusOf(error) !== 412) throw error;
  }
}
