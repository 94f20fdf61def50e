import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { rootMessage } from "../../shared/cli/errors.ts";
import { UnreadableFile } from "./unreadable_file.ts";
import type { SourceForm } from "./source_row.ts";

/** Rows of figures shrink to a fiftieth at best: what shrinks further is a decompression bomb. */
const MAX_RATIO = 200;
/** Smaller files may shrink by any factor, in bytes. */
const FREE = 64 * 1024 * 1024;

/**
 * The content of a file that may be gzipped, as its first bytes tell.
 *
 * @throws {UnreadableFile} when the gzip is damaged, or unpacks to more than 200 times its size
 */
export async function* unpack(
  body: AsyncIterable<Uint8Array>,
  form: SourceForm,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const all = rejoin(head, chunks);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* all;
  form.gzip = true;
  yield* gunzip(all);
}

/** Yields what has already been read of a source, then the rest. */
export async function* rejoin(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* gunzip(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let packed = 0;
  let unpacked = 0;
  let sourceError: unknown;
  const counted = async function* () {
    try {
      for await (const chunk of body) {
        packed += chunk.length;
        yield chunk;
      }
    } catch (error) {
      sourceError = error;
      throw error;
    }
  };
  const stream = createGunzip();
  const source = pipeline(Readable.from(counted()), stream).catch(
    () => {/* The stream throws it. */},
  );
  try {
    for await (const chunk of stream) {
      unpacked += chunk.length;
      if (unpacked > FREE && unpacked > MAX_RATIO * packed) {
        throw new UnreadableFile(`it unpacks to more than ${MAX_RATIO} times its size`);
      }
      yield chunk;
    }
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    if (error instanceof UnreadableFile) throw error;
    throw new UnreadableFile(`its gzip is damaged: ${rootMessage(error)}`, { cause: error });
  } finally {
    stream.destroy();
    await source;
  }
}
