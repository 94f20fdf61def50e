import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Buffer } from "node:buffer";
import { CsvBytes } from "../shared/formats/csv_bytes.ts";
import { catalogue, type Type } from "../shared/events.ts";
import type { FileEntry } from "../shared/landed_files.ts";
import { fromMetadata, type Provenance } from "../shared/formats/provenance.ts";
import { statusOf } from "../shared/s3_errors.ts";
import { excerpt } from "../shared/printable.ts";
import { asFileFault, UnreadableFile } from "./unreadable_file.ts";

/** A file is no longer what was listed: moved away, or written again. */
export class FileChanged extends Error {
  override name = "FileChanged";
}

/** A file that is being read. */
export interface RawFile {
  /** The names of its columns, in its order. */
  readonly header: readonly string[];
  /** Undefined if our consumer has not written it. */
  readonly provenance: Provenance | undefined;
  /** All of it, with the header; to be read once. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A header longer than this is none, in bytes. */
const MAX_HEADER = 256 * 1024;

/**
 * Begins to read a file of the bucket, if it still is the one that was listed.
 *
 * @throws {FileChanged} if it is not; {@linkcode UnreadableFile} if it has no header that can be used;
 *   the AWS SDK's errors
 */
export async function openFile(
  s3: S3Client,
  Bucket: string,
  { key, type, etag }: Pick<FileEntry, "key" | "type" | "etag">,
): Promise<RawFile> {
  let object;
  try {
    object = await s3.send(new GetObjectCommand({ Bucket, Key: key, IfMatch: etag }));
  } catch (error) {
    if (statusOf(error) === 404) throw new FileChanged("it is gone", { cause: error });
    if (statusOf(error) === 412) throw new FileChanged("it was written again", { cause: error });
    throw error;
  }
  const chunks = (object.Body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  try {
    const { head, cells } = await readHeader(chunks);
    const provenance = fromMetadata(object.Metadata);
    // Our consumer writes the names of an event's fields as they are.
    const header = headerOf(provenance ? cells : trimmed(cells), type);
    return { header, provenance, body: rejoin(head, chunks) };
  } catch (error) {
    // Nobody will read the rest: its connection is free.
    await chunks.return?.();
    throw error;
  }
}

async function* rejoin(head: Uint8Array, rest: AsyncIterator<Uint8Array>) {
  try {
    yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

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

/**
 * The names of the columns out of the first record of a file. Programs that write tables leave empty
 * cells at its end.
 *
 * @throws {UnreadableFile} when it cannot be used
 */
export function headerOf(cells: readonly string[], type: Type): string[] {
  const header = [...cells];
  while (header.at(-1) === "") header.pop();
  if (header.length === 0) throw new UnreadableFile("it is empty: not even a header");
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) throw new UnreadableFile(`its header has the column "${twice}" twice`);
  const { idField } = catalogue[type];
  const [, separator] = /^"?\w+"?\s*([;\t|])/.exec(header.length === 1 ? header[0]! : "") ?? [];
  if (separator) {
    throw new UnreadableFile(`its columns are separated by "${separator}", not by commas`);
  }
  if (!header.includes("event_id") && !header.includes(idField)) {
    throw new UnreadableFile(
      `its header has neither event_id nor ${idField}: ${excerpt(header.join(","), 200)}`,
    );
  }
  return header;
}

/** Without the blanks around names, but where two would then be one: an event may have such fields. */
function trimmed(names: readonly string[]): string[] {
  const taken = new Set(names);
  return names.map((name) => {
    const short = name.trim();
    if (taken.has(short)) return name;
    taken.add(short);
    return short;
  });
}
