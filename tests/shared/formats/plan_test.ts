import assert from "node:assert/strict";
import fc from "fast-check";
import { formatName } from "../../../shared/formats/file_name.ts";
import {
  decodeRecord,
  encodedBytes,
  encodeRecord,
  type PartitionRecord,
} from "../../../shared/formats/plan.ts";
import { UserError } from "../../../shared/cli/errors.ts";

const unit = { permissions: "none" } as const;

const fileName = fc.record({
  stamp: fc.constantFrom("20260226_102345", "20271231_235959"),
  sequence: fc.oneof(fc.constant(0), fc.nat({ max: 20_000 })),
}, { noNullPrototype: true });
const file = fc.record({
  name: fc.tuple(fileName, fc.option(fc.nat({ max: 100_000 }), { nil: undefined }))
    .map(([name, partition]) => formatName(name, { partition })),
  uploadId: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 200 }),
  end: fc.maxSafeNat(),
}, { noNullPrototype: true });
const record: fc.Arbitrary<PartitionRecord> = fc.record({
  lastName: fc.option(fileName, { nil: undefined }),
  files: fc.array(file, { maxLength: 8 }),
  plannedAt: fc.nat(),
  topicId: fc.option(fc.constant("sQpxZ2lkR6WBbW8T5wPHcg"), { nil: undefined }),
  topicIds: fc.option(fc.constant({ sales: "sQpxZ2", payments: "B6WBbW" }), { nil: undefined }),
  leaderEpoch: fc.option(fc.nat(), { nil: undefined }),
}, { noNullPrototype: true });

const RECORD: PartitionRecord = {
  lastName: { stamp: "20260226_102345", sequence: 1 },
  files: [{ name: "20260226_102345_001_p3", uploadId: "up-1", end: 120 }],
  plannedAt: 1_772_101_425,
  topicId: "sQpxZ2lkR6WBbW8T5wPHcg",
  topicIds: { sales: "sQpxZ2" },
  leaderEpoch: 3,
};
const ENCODED =
  '{"by":"automotive","v":2,"last":"20260226_102345_001","topic":"sQpxZ2lkR6WBbW8T5wPHcg","topics":{"sales":"sQpxZ2"},"epoch":3,"at":1772101425,"files":[["20260226_102345_001_p3","up-1",120]]}';

Deno.test("encodeRecord() keeps the format that other versions of the consumer read", unit, () => {
  assert.equal(encodeRecord(RECORD), ENCODED);
});

Deno.test("decodeRecord() reads what encodeRecord() has written", unit, () => {
  fc.assert(
    fc.property(record, (record) => {
      assert.deepEqual(decodeRecord(encodeRecord(record)), record);
    }),
  );
});

Deno.test("decodeRecord() reads what the version before has written", unit, () => {
  const earlier = ENCODED.replace('"v":2', '"v":1').replace(/"topic".*?"epoch":3,/, "");
  assert.deepEqual(decodeRecord(earlier), {
    ...RECORD,
    topicId: undefined,
    topicIds: undefined,
    leaderEpoch: undefined,
  });
});

Deno.test(
  "encodedBytes() is what a file adds to encodeRecord(), the first comma aside",
  unit,
  () => {
    const bytesOf = (record: PartitionRecord) =>
      new TextEncoder().encode(encodeRecord(record)).length;
    fc.assert(
      fc.property(record, (record) => {
        const files = record.files.reduce((sum, file) => sum + encodedBytes(file), 0);
        const comma = record.files.length > 0 ? 1 : 0;
        assert.equal(bytesOf(record), bytesOf({ ...record, files: [] }) + files - comma);
      }),
    );
  },
);

Deno.test("decodeRecord() takes the metadata of another program for no plan", unit, () => {
  const foreign = [
    "",
    "{",
    "hello",
    "null",
    "7",
    '"by"',
    "[]",
    "{}",
    '{"by":"flink","v":1}',
    '{"v":1,"files":[]}',
  ];
  for (const metadata of [null, undefined, ...foreign]) {
    assert.equal(decodeRecord(metadata), undefined, String(metadata));
  }
});

Deno.test("decodeRecord() refuses a plan of another version, and names both", unit, () => {
  for (
    const [metadata, version] of [['{"by":"automotive","v":3,"plan":"?"}', "3"], [
      '{"by":"automotive"}',
      "undefined",
    ]]
  ) {
    assert.throws(() => decodeRecord(metadata), (error) => {
      assert.ok(error instanceof UserError);
      assert.ok(error.message.includes(`format ${version}, this one reads up to 2`), error.message);
      return true;
    });
  }
});

const damages: [string, string][] = [
  ["cut short", ENCODED.slice(0, -1)],
  ["without files", ENCODED.replace(/,"files".*/, "}")],
  ["whose files are no list", ENCODED.replace(/\[\[.*/, "{}}")],
  ["with a file that is no list", ENCODED.replace(/\[\[.*/, "[null]}")],
  ["with a file that lacks its end", ENCODED.replace(",120]", "]")],
  ["with an end that is no offset", ENCODED.replace("120]", '"120"]')],
  ["with a negative end", ENCODED.replace("120]", "-1]")],
  ["with an upload id that is no text", ENCODED.replace('"up-1"', "7")],
  ["with an empty upload id", ENCODED.replace('"up-1"', '""')],
  ["with a file's name that is none", ENCODED.replace("_p3", "/../x")],
  ["without its time", ENCODED.replace('"at":1772101425,', "")],
  ["with a last name that is none", ENCODED.replace('"last":"2026', '"last":"x2026')],
  ["with a topic id that is no text", ENCODED.replace(/"topic":"[^"]*"/, '"topic":7')],
  ["with a negative leader epoch", ENCODED.replace('"epoch":3', '"epoch":-1')],
  ["without its last name", ENCODED.replace('"last":"20260226_102345_001",', "")],
];
for (const [how, metadata] of damages) {
  Deno.test(`decodeRecord() refuses a plan ${how} rather than skip its files`, unit, () => {
    assert.notEqual(metadata, ENCODED);
    assert.throws(() => decodeRecord(metadata), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, /plan is damaged/);
      return true;
    });
  });
}

Deno.test(
  "decodeRecord() throws nothing but a UserError, whatever stands behind our mark",
  unit,
  () => {
    fc.assert(
      fc.property(
        fc.record({ last: fc.jsonValue(), at: fc.jsonValue(), files: fc.jsonValue() }),
        (fields) => {
          assert.throws(
            () => decodeRecord(JSON.stringify({ by: "automotive", v: 1, ...fields })),
            UserError,
          );
        },
      ),
    );
  },
);
