import { compress, decompress, decompressedLength } from "@stablelib/snappy";

/** How snappy-java (so every Java client) begins its stream of blocks. */
const XERIAL_MAGIC = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00);
/** The magic is followed by two versions of 4 bytes each. */
const XERIAL_HEADER = 16;
/** 3 bytes encode 64 at most: a larger length is corrupt, and nothing is allocated for it. */
const HIGHEST_RATIO = 24;
/** The most bytes that a block's length takes. */
const LENGTH_BYTES = 5;

/**
 * Decodes snappy as Kafka clients write it: a raw block (librdkafka and others), or blocks in
 * snappy-java's framing, each after its length (Java clients).
 *
 * Source: org.xerial.snappy.SnappyOutputStream.
 *
 * @throws {Error} when the data is neither
 */
export function decodeSnappy(source: Uint8Array): Uint8Array {
  if (!XERIAL_MAGIC.every((byte, index) => source[index] === byte)) return decodeBlock(source);
  if (source.length < XERIAL_HEADER) throw corrupt("its header is cut short");
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const blocks: Uint8Array[] = [];
  let length = 0;
  for (let at = XERIAL_HEADER; at < source.length;) {
    if (at + 4 > source.length) throw corrupt("a length is cut short");
    const end = at + 4 + view.getUint32(at);
    if (end > source.length) throw corrupt("a block is cut short");
    const block = decodeBlock(source.subarray(at + 4, end));
    blocks.push(block);
    length += block.length;
    at = end;
  }
  const output = new Uint8Array(length);
  for (const block of blocks.reverse()) output.set(block, length -= block.length);
  return output;
}

/** Encodes one raw snappy block. */
export function encodeSnappy(source: Uint8Array): Uint8Array {
  return compress(source);
}

function decodeBlock(source: Uint8Array): Uint8Array {
  // The library reads a truncated length as 0, and allocates whatever a corrupt one says.
  if (source.subarray(0, LENGTH_BYTES).every((byte) => byte >= 0x80)) {
    throw corrupt("its length is cut short");
  }
  try {
    if (decompressedLength(source) <= source.length * HIGHEST_RATIO) return decompress(source);
  } catch (error) {
    throw corrupt((error as Error).message);
  }
  throw corrupt("its length is out of proportion");
}

function corrupt(why: string): Error {
  return new Error(`Cannot decode snappy data: ${why}`);
}
