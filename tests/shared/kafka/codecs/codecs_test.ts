import { Buffer } from "node:buffer";
import fc from "fast-check";
import assert from "node:assert/strict";
import { type Codec, lz4, snappy, zstd } from "../../../../shared/kafka/codecs/codecs.ts";

const unit = { permissions: "none" } as const;
const codecs = { lz4, snappy, zstd };

/** Made by the libraries that Kafka's own Java client 3.9.1 uses, each of the same text. */
const TEXT = '{"event_id":"SALE-A1B2C3D4"}'.repeat(20);
const written: [what: string, codec: Codec, base64: string][] = [
  [
    "lz4 of the Java client (64 KB blocks)",
    lz4,
    "BCJNGGBAgigAAAD/DXsiZXZlbnRfaWQiOiJTQUxFLUExQjJDM0Q0In0cAP/9UDNENCJ9AAAAAA==",
  ],
  [
    "lz4 with content size and content checksum",
    lz4,
    "BCJNGGxAMAIAAAAAAAACKAAAAP8NeyJldmVudF9pZCI6IlNBTEUtQTFCMkMzRDQifRwA//1QM0Q0In0AAAAAVIkv5g==",
  ],
  [
    "lz4 with block checksums",
    lz4,
    "BCJNGHBArSgAAAD/DXsiZXZlbnRfaWQiOiJTQUxFLUExQjJDM0Q0In0cAP/9UDNENCJ9AFgmFgAAAAA=",
  ],
  [
    "snappy of the Java client (snappy-java's framing)",
    snappy,
    "glNOQVBQWQAAAAABAAAAAQAAADqwBGx7ImV2ZW50X2lkIjoiU0FMRS1BMUIyQzNENCJ9/hwA/hwA/hwA/hwA/hwA/hwA/hwA/hwAThwA",
  ],
  [
    "snappy without framing",
    snappy,
    "sARseyJldmVudF9pZCI6IlNBTEUtQTFCMkMzRDQiff4cAP4cAP4cAP4cAP4cAP4cAP4cAP4cAE4cAA==",
  ],
  [
    "zstd of the Java client (streamed, without content size)",
    zstd,
    "KLUv/QBYJQEA4HsiZXZlbnRfaWQiOiJTQUxFLUExQjJDM0Q0In0BAET4ajoB",
  ],
];

for (const [what, codec, base64] of written) {
  const bytes = Buffer.from(base64, "base64");
  Deno.test(`decodes ${what}`, unit, async () => {
    assert.equal((await codec.decompress(bytes)).toString(), TEXT);
  });
  Deno.test(`refuses ${what} that is cut short`, unit, async () => {
    for (let length = 1; length < bytes.length; length++) {
      // Snappy-java's framing has no end: after its header alone it is an empty stream.
      if (codec === snappy && length === 16) continue;
      await assert.rejects(codec.decompress(bytes.subarray(0, length)), `at ${length} bytes`);
    }
  });
  Deno.test(`ends on ${what} with a wrong byte`, unit, async () => {
    const damage = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(fc.asyncProperty(damage, async ([at, change]) => {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= change;
      // An error or another text: a checksum of Kafka's own says which bytes are right.
      await codec.decompress(damaged).catch((error) => assert.ok(error instanceof Error));
    }));
  });
}

/** Blocks of noise and of repeats, past one block of any codec now and then. */
const content = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(20_000)).map(
      ([part, times]) => Buffer.concat(Array<Uint8Array>(times).fill(part)),
    ),
  ),
  { maxLength: 6 },
).map((parts) => Buffer.concat(parts));

for (const [name, codec] of Object.entries(codecs)) {
  Deno.test(`${name} gives back what it has encoded`, unit, async () => {
    await fc.assert(
      fc.asyncProperty(content, async (buffer) => {
        const encoded = await codec.compress({ buffer });
        assert.equal(Buffer.compare(await codec.decompress(encoded), buffer), 0);
      }),
      { numRuns: 30 },
    );
  });
}

Deno.test("lz4 and zstd decode several frames as one", unit, async () => {
  for (const codec of [lz4, zstd]) {
    const frames = await Promise.all(
      ["one ", "two"].map((text) => codec.compress({ buffer: Buffer.from(text) })),
    );
    assert.equal((await codec.decompress(Buffer.concat(frames))).toString(), "one two");
  }
});
