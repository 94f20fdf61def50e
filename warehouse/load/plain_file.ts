import type { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { Provenance } from "../../shared/formats/provenance.ts";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { FileChanged, openFile } from "../source/raw_file.ts";
import { isPlain } from "./stage_file.ts";

/** A file of our consumer, in memory. */
export interface PlainFile {
  readonly file: FileEntry;
  readonly header: readonly string[];
  /** Without the header. */
  readonly body: Uint8Array;
  readonly sha256: string;
  readonly provenance: Provenance;
}

/**
 * Reads a file; gives nothing if it is not, to its last byte, what our consumer has written, or not
 * there any more.
 */
export async function readPlain(
  file: FileEntry,
  { s3, bucket }: { readonly s3: S3Client; readonly bucket: string },
): Promise<PlainFile | undefined> {
  const opened = await openFile(s3, bucket, file).catch((error) => {
    if (error instanceof FileChanged) return undefined;
    throw error;
  });
  if (!opened) return undefined;
  const { header, provenance, body } = opened;
  if (!provenance || !header || !isPlain(header, file.type)) {
    for await (const _ of body) { /* Its connection is released at the end. */ }
    return undefined;
  }
  const bytes = await buffer(body);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const head = bytes.indexOf("\n") + 1;
  // The names of plain columns have neither quotes nor line breaks.
  if (sha256 !== provenance.sha256 || head === 0) return undefined;
  return { file, header, body: bytes.subarray(head), sha256, provenance };
}
