/**
 * Reads Kafka's VARINT and VARLONG: zigzag, seven bits a byte, the lowest first.
 *
 * Source: https://protobuf.dev/programming-guides/encoding
 */
export class VarInts {
  /** @param at the position of the next one; callers that read other data in between move it */
  constructor(private readonly bytes: Uint8Array, public at: number) {}

  /**
   * Reads a VARINT.
   *
   * @throws {RangeError} when the bytes end before it does
   */
  read(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
    }
    if (!(this.at <= bytes.length)) throw new RangeError("a record ends after its batch");
    return value >>> 1 ^ -(value & 1);
  }

  /** Reads a VARLONG. */
  readBig(): bigint {
    let value = 0n;
    let byte = 0x80;
    for (let shift = 0n; byte >= 0x80; shift += 7n) {
      byte = this.bytes[this.at++]!;
      value |= BigInt(byte & 0x7f) << shift;
    }
    return BigInt.asIntN(64, value >> 1n ^ -(value & 1n));
  }

  /** Skips either. */
  skip(): void {
    while (this.bytes[this.at++]! >= 0x80);
  }
}
