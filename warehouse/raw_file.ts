import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { CsvError, parse } from "csv-parse/sync";
import { Buffer } from "node:buffer";
import { catalogue, isType, type Type } from "../shared/events.ts";
import type { FileEntry } from "../shared/landed_files.ts";
import { fromMetadata, type Provenance } from "../shared/provenance.ts";
import { statusOf } from "../shared/s3.ts";

/** Why a file cannot be read at all; it is left where it is. */
export class UnreadableFile extends Error {
  override name = "UnreadableFile";
}

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

/** The type of the file that a key names; undefined if it is no name of a file to load. */
export function typeOfKey(key: string): Type | undefined {
  const [, type = "", base] = /^([^/]+)\/([^/]+?)_\d{8}_\d{6}[^/]*\.csv$/.exec(key) ?? [];
  return base === type && isType(type) ? type : undefined;
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
  let head = Buffer.alloc(0);
  while (!head.includes(10) && head.length < MAX_HEADER) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  try {
    return {
      header: parseHeader(head, type),
      provenance: fromMetadata(object.Metadata),
      body: rejoin(head, chunks),
    };
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

/**
 * Reads the header in the beginning of a file.
 *
 * @throws {UnreadableFile} when it cannot be used
 */
export function parseHeader(head: Uint8Array, type: Type): string[] {
  if (head.length === 0) throw new UnreadableFile("it is empty: not even a header");
  const header = trimmed(headerLine(head));
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) throw new UnreadableFile(`its header has the column "${twice}" twice`);
  const { idField } = catalogue[type];
  if (!header.includes("event_id") && !header.includes(idField)) {
    throw new UnreadableFile(
      `its header has neither event_id nor ${idField}: ${header.join(",").slice(0, 200)}`,
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

function headerLine(head: Uint8Array): string[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(
      head.subarray(0, head.indexOf(10) === -1 ? undefined : head.indexOf(10)),
    );
  } catch {
    throw new UnreadableFile("its header is not UTF-8");
  }
  try {
    return parse(text, { bom: true, toLine: 1 })[0] ?? [];
  } catch (error) {
    if (error instanceof CsvError) {
      throw new UnreadableFile(`its header is no CSV: ${error.message}`);
    }
    throw error;
  }
}
