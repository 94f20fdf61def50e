import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { IHeaders } from "kafkajs";
import Decoder from "kafkajs/src/protocol/decoder.js";
import { RecordBatch } from "kafkajs/src/protocol/recordBatch/v0/index.js";
import decodeByKafkajs from "kafkajs/src/protocol/recordBatch/v0/decoder.js";
import Record from "kafkajs/src/protocol/recordBatch/record/v0/index.js";
import { registerCodecs } from "../../../shared/kafka/codecs/codecs.ts";
import { RecordBatch as OurBatch, recordsOf } from "../../../shared/kafka/record_batch.ts";
import { decodeBatches } from "../../../shared/kafka/records.ts";
import { VarInts } from "../../../shared/kafka/var_ints.ts";

const unit = { permissions: "none" } as const;
registerCodecs();

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)));
const record = fc.record({
  offsetDelta: fc.nat({ max: 2 ** 31 - 1 }),
  timestampDelta: fc.oneof(fc.integer(), fc.bigInt(-(2n ** 62n), 2n ** 62n)).map(String),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(
    fc.string({ unit: fc.constantFrom("a", "b", "é") }),
    fc.oneof(
      fc.string(),
      fc.uint8Array().map((all) => Buffer.from(all)),
      fc.array(fc.string(), { minLength: 2, maxLength: 3 }),
    ),
    { maxKeys: 3 },
  ),
});
const batch = fc.record({
  firstOffset: fc.nat().map((n) => n * 2 ** 16),
  firstTimestamp: fc.nat().map((n) => n * 2 ** 9),
  partitionLeaderEpoch: fc.integer({ min: -1, max: 9 }),
  producerId: fc.integer({ min: -1, max: 9 }),
  compression: fc.constantFrom(0, 1, 2, 3, 4),
  transactional: fc.boolean(),
  records: fc.array(record, { maxLength: 5 }),
});
type MadeBatch = (typeof batch) extends fc.Arbitrary<infer B> ? B : never;

Deno.test("decodeBatches() reads what kafkajs writes as kafkajs reads it", unit, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), async (made) => {
      const parts = await Promise.all(made.map(encode));
      const batches = await decodeBatches(Buffer.concat(parts));
      assert.equal(batches.length, made.length);
      for (const [i, { end, records, inTransaction, isMarker, producerId }] of batches.entries()) {
        const expected = await decodeByKafkajs(new Decoder(parts[i]!));
        const last = Number(expected.firstOffset) + expected.lastOffsetDelta;
        assert.deepEqual(
          [end, inTransaction, isMarker, producerId],
          [last + 1, expected.inTransaction, expected.isControlBatch, expected.producerId],
        );
        assert.deepEqual(records.map(fieldsOf), expected.records.map(fieldsOf));
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test(
  "recordsOf() finds the offset and the value of each record where it lies",
  unit,
  async () => {
    await fc.assert(
      fc.asyncProperty(batch, async (made) => {
        const part = await encode(made);
        const [whole] = await decodeBatches(part);
        assert.ok(whole instanceof OurBatch);
        const found: [offset: string, value: Buffer | null][] = [];
        for (const records = recordsOf(whole); records.next();) {
          const { offset, bytes, valueAt, valueEnd } = records;
          const value = valueEnd === -1 ? null : Buffer.from(bytes.subarray(valueAt, valueEnd));
          found.push([String(offset), value]);
        }
        const { records } = await decodeByKafkajs(new Decoder(part));
        assert.deepEqual(found, records.map(({ offset, value }: Fields) => [offset, value]));
      }),
      { numRuns: 200 },
    );
  },
);

Deno.test(
  "decodeBatches() leaves out a batch that is cut off, and nothing before it",
  unit,
  async () => {
    const [made] = fc.sample(batch, { numRuns: 1, seed: 1 });
    const whole = await encode(made!);
    for (let size = 0; size < whole.length; size++) {
      const batches = await decodeBatches(Buffer.concat([whole, whole.subarray(0, size)]));
      assert.equal(batches.length, 1);
    }
  },
);

Deno.test("RecordBatch refuses records that end after it", unit, async () => {
  const [made] = fc.sample(batch.filter(({ records }) => records.length > 2), {
    numRuns: 1,
    seed: 1,
  });
  const bytes = await encode({ ...made!, compression: 0 });
  // One more record than there are.
  bytes.writeInt32BE(made!.records.length + 1, 57);
  const [read] = await decodeBatches(bytes);
  assert.throws(() => read!.records, /ends after its batch/);
});

Deno.test("VarInts reads and skips what is written in zigzag", unit, () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.integer().map(BigInt)),
      (value) => {
        const bytes = zigzag(value);
        const reader = () => new VarInts(Uint8Array.from([9, ...bytes, 9]), 1);
        const ways = [(one: VarInts) => one.readBig(), (one: VarInts) => (one.skip(), value)];
        if (BigInt.asIntN(32, value) === value) ways.push((one) => BigInt(one.read()));
        for (const read of ways) {
          const one = reader();
          assert.equal(read(one), value);
          assert.equal(one.at, 1 + bytes.length);
        }
      },
    ),
  );
});

function zigzag(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

async function encode({ records, ...made }: MadeBatch): Promise<Buffer> {
  const { buffer } = await RecordBatch({ ...made, records: records.map(Record) });
  // kafkajs writes an epoch of its own.
  buffer.writeInt32BE(made.partitionLeaderEpoch, 12);
  return buffer;
}

interface Fields {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
  readonly batchContext?: { readonly partitionLeaderEpoch: number };
}

function fieldsOf({ offset, timestamp, key, value, headers, batchContext }: Fields) {
  const { partitionLeaderEpoch } = batchContext!;
  return { offset, timestamp, key, value, headers, partitionLeaderEpoch };
}
