import assert from "node:assert/strict";
import fc from "fast-check";
import { Batch } from "../../../consumer/batching/batch.ts";
import {
  fromMetadata,
  type Provenance,
  provenanceOf,
  toMetadata,
} from "../../../shared/formats/provenance.ts";

const unit = { permissions: "none" } as const;

const count = fc.nat({ max: 1_000_000 });
const provenance: fc.Arbitrary<Provenance> = fc.record({
  group: fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  topic: fc.stringMatching(/^[\w.-]{1,249}$/),
  topicId: fc.stringMatching(/^[\w-]{22}$/),
  ranges: fc.array(
    fc.record({
      partition: fc.nat(),
      from: fc.maxSafeNat(),
      to: fc.maxSafeNat(),
      rows: count,
      repeats: count,
      deadLetters: count,
      tombstones: count,
    }, { noNullPrototype: true }),
    { maxLength: 24 },
  ),
  rows: count,
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
}, { noNullPrototype: true, requiredKeys: ["group", "topic", "ranges", "rows", "sha256"] });

Deno.test(
  "fromMetadata() reads what toMetadata() has written, whatever the group's name",
  unit,
  () => {
    fc.assert(
      fc.property(provenance, (provenance) => {
        const metadata = toMetadata(provenance);
        for (const value of Object.values(metadata)) assert.match(value, /^[\x21-\x7e]+$/);
        assert.deepEqual(fromMetadata(metadata), provenance);
      }),
    );
  },
);

Deno.test("provenanceOf() is the cut's ranges, rows and the checksum of its body", unit, () => {
  const batch = new Batch("sales", 0, { rows: 10, age: 1_000 });
  batch.add(1, 3, 4, { kind: "row", line: "a" });
  const cut = { ...batch.cut("age", 0), body: new TextEncoder().encode("abc") };
  assert.deepEqual(provenanceOf(cut, { group: "g", topic: "sales_topic" }), {
    group: "g",
    topic: "sales_topic",
    ranges: [{ partition: 1, from: 3, to: 5, rows: 1, repeats: 0, deadLetters: 0, tombstones: 0 }],
    rows: 1,
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  });
});

Deno.test(
  "toMetadata() stays below S3's 2 KB for as many partitions as a batch holds",
  unit,
  () => {
    const batch = new Batch("procurement", 0, { rows: 1_000_000, age: 1_000 });
    for (let partition = 0; !batch.due(0); partition++) {
      batch.add(1_000 + partition, 9e12, 9e12 + 99_999, { kind: "row", line: `${partition}` });
    }
    const cut = batch.cut("room", 0);
    assert.equal(cut.ranges.length, 24);
    const busy = {
      ...cut,
      rows: 999_999,
      ranges: cut.ranges.map((range) => ({
        ...range,
        rows: 99_999,
        repeats: 9_999,
        deadLetters: 999,
      })),
    };
    const metadata = toMetadata(
      provenanceOf(busy, {
        group: "g".repeat(255),
        topic: `${"t".repeat(64)}_procurement_topic`,
        topicId: "sQpxZ2lkR6WBbW8T5wPHcg",
      }),
    );
    const bytes = Object.entries(metadata).flat().join("").length;
    assert.ok(bytes <= 2_048, `${bytes} bytes`);
  },
);

const METADATA = {
  group: "g",
  topic: "t",
  rows: "1",
  sha256: "00",
  offsets: "[[0,0,1,1,0,0,0]]",
};

Deno.test("fromMetadata() gives undefined for an object of another writer", unit, () => {
  assert.equal(fromMetadata(undefined), undefined);
  assert.equal(fromMetadata({}), undefined);
  assert.notEqual(fromMetadata(METADATA), undefined);
  for (const name of Object.keys(METADATA)) {
    assert.equal(fromMetadata({ ...METADATA, [name]: "" }), undefined, `without ${name}`);
  }
});

Deno.test("fromMetadata() gives undefined for damaged metadata", unit, () => {
  for (
    const offsets of [
      "[",
      "7",
      "null",
      "{}",
      "[null]",
      "[7]",
      "[[]]",
      "[[0,0,1,1,0,0]]",
      '[["0",0,1,1,0,0,0]]',
    ]
  ) {
    assert.equal(fromMetadata({ ...METADATA, offsets }), undefined, offsets);
  }
  assert.equal(fromMetadata({ ...METADATA, group: "%" }), undefined);
  assert.equal(fromMetadata({ ...METADATA, rows: "one" }), undefined);
});
