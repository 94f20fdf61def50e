import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";

const MAGIC = 0xfd2fb528;
/** Bytes that the dictionary id and the content size take, by their codes in the frame header. */
const DICTIONARY_ID = [0, 1, 2, 4];
const CONTENT_SIZE = [0, 2, 4, 8];

/**
 * Decodes zstd frames (one or several), with or without a content size.
 *
 * The frames are found first and decoded one by one, because node:zlib stops after the first, and
 * returns what it could decode of a truncated one as if it were all.
 *
 * @throws {Error} when the data is not whole zstd frames
 */
export async function decodeZstd(source: Uint8Array): Promise<Uint8Array> {
  const frames = splitFrames(source);
  if (frames.length === 1) return await decode(source);
  return Buffer.concat(await Promise.all(frames.map((frame) => decode(frame))));
}

const decode = promisify(zstdDecompress) as (source: Uint8Array) => Promise<Uint8Array>;

/** Walks over the blocks of all frames. Source: RFC 8878, section 3.1.1. */
function splitFrames(source: Uint8Array): Uint8Array[] {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const frames: Uint8Array[] = [];
  try {
    for (let at = 0; at < source.length;) {
      const end = frameEnd(view, at);
      if (end > source.length) throw corrupt("it is cut short");
      frames.push(source.subarray(at, end));
      at = end;
    }
  } catch (error) {
    if (error instanceof RangeError) throw corrupt("it is cut short");
    throw error;
  }
  return frames;
}

function frameEnd(view: DataView, start: number): number {
  if (view.getUint32(start, true) !== MAGIC) throw corrupt("no frame begins where one should");
  const flags = view.getUint8(start + 4);
  const singleSegment = (flags & 0x20) !== 0;
  const contentSize = flags >> 6 === 0 && singleSegment ? 1 : CONTENT_SIZE[flags >> 6]!;
  let at = start + 5 + (singleSegment ? 0 : 1) + DICTIONARY_ID[flags & 3]! + contentSize;
  for (let last = false; !last;) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    last = (header & 1) !== 0;
    // A block of type 1 repeats its one byte.
    at += 3 + ((header >> 1 & 3) === 1 ? 1 : header >> 3);
  }
  return at + (flags & 0x04 ? 4 : 0);
}

function corrupt(why: string): Error {
  return new Error(`Cannot decode zstd data: ${why}`);
}
