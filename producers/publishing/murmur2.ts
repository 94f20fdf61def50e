const FACTOR = 0x5bd1e995;
const encoder = new TextEncoder();
let bytes = new Uint8Array(256);

/**
 * The hash by which Java's producer puts a key into a partition, so that ours puts it there too. (The
 * one of kafkajs computes it with objects of 64 bits, which costs as much as making the event.)
 *
 * Source: `murmur2` of org.apache.kafka.common.utils.Utils.
 *
 * @returns a 32-bit number of 0 or more, the sign of Java's left out
 */
export function murmur2(key: string): number {
  if (key.length * 3 > bytes.length) bytes = new Uint8Array(key.length * 3);
  const length = encoder.encodeInto(key, bytes).written;
  let hash = 0x9747b28c ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const word = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    const mixed = Math.imul(word, FACTOR);
    hash = Math.imul(hash, FACTOR) ^ Math.imul(mixed ^ mixed >>> 24, FACTOR);
  }
  if (at < length) {
    for (let left = length - 1; left >= at; left--) hash ^= bytes[left]! << 8 * (left - at);
    hash = Math.imul(hash, FACTOR);
  }
  hash = Math.imul(hash ^ hash >>> 13, FACTOR);
  return (hash ^ hash >>> 15) & 0x7fffffff;
}
