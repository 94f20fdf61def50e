import type { S3Client } from "@aws-sdk/client-s3";
import { Buffer } from "node:buffer";
import { CsvBytes } from "../../shared/formats/csv_bytes.ts";
import { fromMetadata, type Provenance } from "../../shared/formats/provenance.ts";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { statusOf } from "../../shared/s3/explain.ts";
import { openObject } from "../../shared/s3/objects.ts";
import { rejoin } from "./unpack.ts";
import { asFileFault, UnreadableFile } from "./unreadable_file.ts";

/** A file is no longer what was listed: moved away, or overwritten. */
export class FileChanged extends Error {
  override name = "FileChanged";
}

/** A file that is being read. */
export interface RawFile {
  /** The names of its columns, in its order, if our consumer has written it. */
  readonly header: readonly string[] | undefined;
  /** Undefined if our consumer has not written it. */
  readonly provenance: Provenance | undefined;
  /** All of it, with the header; to be read once. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Starts reading a file of the bucket, if it is still the one that was listed.
 *
 * @throws {FileChanged} if it is not; {@linkcode UnreadableFile} if it has no header that can be
 *   used; the AWS SDK's errors
 */
export async function openFile(
  s3: S3Client,
  bucket: string,
  { key, etag }: Pick<FileEntry, "key" | "etag">,
): Promise<RawFile> {
  let object;
  try {
    object = await openObject(s3, { bucket, key, etag });
  } catch (error) {
    if (statusOf(error) === 404) throw new FileChanged("it is gone", { cause: error });
    if (statusOf(error) === 412) throw new FileChanged("it was written again", { cause: error });
    throw error;
  }
  const body: AsyncIterable<Uint8Array> = object.body;
  const provenance = fromMetadata(object.metadata);
  if (!provenance) return { header: undefined, provenance, body };
  const chunks = body[Symbol.asyncIterator]();
  try {
    const { head, cells } = await readHeader(chunks);
    return { header: cells, provenance, body: rejoin(head, chunks) };
  } catch (error) {
    // Nobody will read the rest: its connection is released.
    await chunks.return?.();
    throw error;
  }
}

/** The longest header, in bytes. */
const MAX_HEADER = 256 * 1024;

/** Reads no further than to the end of the header, which may have line breaks in its names. */
async function readHeader(
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ head: Uint8Array; cells: readonly string[] }> {
  const reader = new CsvBytes();
  let head = Buffer.alloc(0);
  for (let read = 0; read < MAX_HEADER;) {
    const { done, value } = await chunks.next();
    if (!done) head = Buffer.concat([head, value]);
    while (read < head.length) {
      const end = head.indexOf("\n", read) + 1 || head.length;
      const [header] = asFileFault(() => reader.read(head.subarray(read, end)));
      if (header) return { head, cells: header.cells };
      read = end;
    }
    if (done) {
      const [header] = asFileFault(() => reader.end());
      return { head, cells: header?.cells ?? [] };
    }
  }
  throw new UnreadableFile(`its header does not end within ${MAX_HEADER / 1024} KiB`);
}
