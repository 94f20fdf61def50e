import { compress } from "snappyjs";

/** How snappy-java (so every Java client) begins its stream of blocks. */
const XERIAL_MAGIC = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00);
/** The magic is followed by two versions of 4 bytes each. */
const XERIAL_HEADER = 16;
/** Each 3 bytes give 64 at most: a length beyond that is a corrupt one, and nothing is allocated. */
const HIGHEST_RATIO = 24;

/**
 * Decodes snappy as Kafka clients write it: a raw block (librdkafka and others), or blocks in
 * snappy-java's framing, each after its length (Java clients).
 *
 * Our own decoder, because snappyjs takes a block that is cut short for a whole one.
 * Sources: "Snappy compressed format description"; org.xerial.snappy.SnappyOutputStream.
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
  let at = 0;
  const little = (bytes: number) => {
    if (at + bytes > source.length) throw corrupt("a block is cut short");
    let value = 0;
    for (let i = 0; i < bytes; i++) value += source[at++]! * 2 ** (8 * i);
    return value;
  };
  const varint = () => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = little(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      if (shift > 28) throw corrupt("its length is none");
    }
  };
  const size = varint();
  if (size > source.length * HIGHEST_RATIO) throw corrupt("its length is out of proportion");
  const output = new Uint8Array(size);
  let length = 0;
  while (at < source.length) {
    const tag = little(1);
    const kind = tag & 3;
    if (kind === 0) {
      const code = tag >> 2;
      const literals = (code < 60 ? code : little(code - 59)) + 1;
      if (at + literals > source.length) throw corrupt("literals end after their block");
      if (length + literals > size) throw corrupt("it is longer than it says");
      output.set(source.subarray(at, at + literals), length);
      at += literals;
      length += literals;
      continue;
    }
    const match = kind === 1 ? (tag >> 2 & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === 1 ? (tag >> 5 << 8) + little(1) : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > length) throw corrupt("a match begins before the data");
    if (length + match > size) throw corrupt("it is longer than it says");
    if (offset >= match) output.copyWithin(length, length - offset, length - offset + match);
    // An overlapping match repeats what it has just written, so it is copied byte by byte.
    else for (let i = 0; i < match; i++) output[length + i] = output[length + i - offset]!;
    length += match;
  }
  if (length !== size) throw corrupt("it is shorter than it says");
  return output;
}

function corrupt(why: string): Error {
  return new Error(`Cannot decode snappy data: ${why}`);
}
