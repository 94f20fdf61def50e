const FACTOR = 0x5bd1e995;
const encoder = new TextEncoder();
let bytes = new Uint8Array(256);

/**
 * The hash by which the Java producer assigns a key to a partition, so that ours agrees with it.
 * (The one of kafkajs computes it with 64-bit objects, which costs as much as generating the
 * event.)
 *
 * Source: `murmur2` of org.apache.kafka.common.utils.Utils.
 *
 * @returns a non-negative 32-bit number, without Java's sign bit
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
