const MAGIC = 0x184d2204;
const MIN_MATCH = 4;
/** The most that a block may hold, by the block size code of the frame header. */
const BLOCK_SIZES: Record<number, number> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };

/**
 * Decodes LZ4 frames (one or several) as Kafka clients write them: blocks dependent or not, with or
 * without content size and checksums. Checksums are skipped, because Kafka's record batch has
 * one of its own; everything that points outside the data is an error.
 *
 * Our own decoder, because the pure one that npm has (lz4js) misreads frames with block checksums,
 * accepts corrupt ones, and never returns from some that are cut short. Source: "LZ4 Frame Format
 * Description" 1.6.x and "LZ4 Block Format Description".
 *
 * @throws {Error} when the data is not whole LZ4 frames
 */
export function decodeLz4(source: Uint8Array): Uint8Array {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let output = new Uint8Array(Math.max(1 << 16, source.length * 4));
  let length = 0;
  let at = 0;
  const ensure = (room: number) => {
    if (length + room <= output.length) return;
    const larger = new Uint8Array(Math.max(output.length * 2, length + room));
    larger.set(output.subarray(0, length));
    output = larger;
  };
  try {
    while (at < source.length) {
      const frame = readHeader(view, at);
      at = frame.end;
      // A match may reach back into earlier blocks of its frame, never into another frame.
      const start = length;
      for (let word = view.getUint32(at, true); word !== 0; word = view.getUint32(at, true)) {
        const size = word & 0x7fffffff;
        const [from, to] = [at + 4, at + 4 + size];
        if (to > source.length) throw corrupt("a block ends after the data");
        ensure(frame.blockSize);
        if (word & 0x80000000) {
          if (size > frame.blockSize) throw corrupt("a block is larger than its frame allows");
          output.set(source.subarray(from, to), length);
          length += size;
        } else {
          const limit = length + frame.blockSize;
          length =
            decodeBlock(source.subarray(from, to), output.subarray(start, limit), length - start) +
            start;
        }
        at = to + (frame.blockChecksum ? 4 : 0);
      }
      at += 4 + (frame.contentChecksum ? 4 : 0);
      if (at > source.length) throw corrupt("it ends within a checksum");
    }
  } catch (error) {
    if (error instanceof RangeError) throw corrupt("it is cut short");
    throw error;
  }
  return output.subarray(0, length);
}

/** Magic; version 1 with independent blocks, as Kafka's brokers require; 64 KB; header checksum. */
const STORED_HEADER = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
const STORED_BLOCK = 1 << 16;

/** Encodes one LZ4 frame without compressing: only other writers choose lz4, ours use gzip. */
export function encodeLz4(source: Uint8Array): Uint8Array {
  const blocks = Math.ceil(source.length / STORED_BLOCK);
  const output = new Uint8Array(STORED_HEADER.length + source.length + 4 * (blocks + 1));
  const view = new DataView(output.buffer);
  output.set(STORED_HEADER);
  let at = STORED_HEADER.length;
  for (let from = 0; from < source.length; from += STORED_BLOCK) {
    const block = source.subarray(from, from + STORED_BLOCK);
    view.setUint32(at, (0x80000000 | block.length) >>> 0, true);
    output.set(block, at + 4);
    at += 4 + block.length;
  }
  return output;
}

function readHeader(view: DataView, at: number) {
  if (view.getUint32(at, true) !== MAGIC) throw corrupt("no frame begins where one should");
  const flags = view.getUint8(at + 4);
  const blockSize = BLOCK_SIZES[(view.getUint8(at + 5) >> 4) & 7];
  if (flags >> 6 !== 1 || blockSize === undefined) throw corrupt("its header is unknown");
  if (flags & 0x01) throw corrupt("it needs a dictionary");
  return {
    blockSize,
    blockChecksum: (flags & 0x10) !== 0,
    contentChecksum: (flags & 0x04) !== 0,
    // magic, flags, block size; content size; header checksum
    end: at + 6 + (flags & 0x08 ? 8 : 0) + 1,
  };
}

/** Decodes a block into `output` from `length` on; returns the new length. */
function decodeBlock(block: Uint8Array, output: Uint8Array, length: number): number {
  let at = 0;
  const byte = () => {
    const value = block[at++];
    if (value === undefined) throw corrupt("a block is cut short");
    return value;
  };
  const extended = (nibble: number) => {
    let total = nibble;
    if (nibble === 15) {
      let more: number;
      do total += more = byte(); while (more === 255);
    }
    return total;
  };
  while (at < block.length) {
    const token = byte();
    const literals = extended(token >> 4);
    if (at + literals > block.length) throw corrupt("literals end after their block");
    if (length + literals > output.length) throw corrupt("a block is larger than its frame allows");
    output.set(block.subarray(at, at + literals), length);
    at += literals;
    length += literals;
    // The last sequence of a block has literals only.
    if (at === block.length) break;
    const offset = byte() | (byte() << 8);
    const match = extended(token & 15) + MIN_MATCH;
    if (offset === 0 || offset > length) throw corrupt("a match begins before the data");
    if (length + match > output.length) throw corrupt("a block is larger than its frame allows");
    if (offset >= match) output.copyWithin(length, length - offset, length - offset + match);
    // An overlapping match repeats what it has just written, so it is copied byte by byte.
    else for (let i = 0; i < match; i++) output[length + i] = output[length + i - offset]!;
    length += match;
  }
  return length;
}

function corrupt(why: string): Error {
  return new Error(`Cannot decode LZ4 data: ${why}`);
}
