import fc from "fast-check";
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import Encoder from "kafkajs/src/protocol/encoder.js";
import encodeRecord from "kafkajs/src/protocol/recordBatch/record/v0/index.js";
import { patchEncoder } from "../../../shared/kafka/encoder.ts";

const texts = [fc.string({ unit: "binary" }), fc.string({ minLength: 600 }), fc.constant("\ud800")];
const bytes = fc.uint8Array({ maxLength: 40_000 }).map((array) => Buffer.from(array));
const content = fc.oneof(...texts, bytes, fc.constant(null));
const record = fc.record({
  key: content,
  value: content,
  offsetDelta: fc.nat(),
  timestampDelta: fc.oneof(fc.nat(), fc.integer(), fc.maxSafeInteger()),
  headers: fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
});

Deno.test("patchEncoder() leaves the bytes of records and requests as they are", () => {
  const batches = fc.sample(fc.array(record, { minLength: 1 }), 200);
  const encode = () =>
    batches.map((batch) => {
      // All of a batch first, so that none may be written over another one.
      const records = batch.map(encodeRecord);
      const whole = new Encoder().writeInt64(7).writeString("topic").writeVarInt(-1)
        .writeEncoderArray(records).writeVarIntArray(records);
      return Buffer.from(new Encoder(16).writeEncoder(whole).writeInt8(1).buffer).toString("hex");
    });
  const before = encode();
  patchEncoder();
  assert.deepEqual(encode(), before);
});
