import fc from "fast-check";
import { Partitioners } from "kafkajs";
import assert from "node:assert/strict";
import { murmur2 } from "../../../producers/publishing/murmur2.ts";

Deno.test("murmur2() puts keys where kafkajs puts them, as Java's producer does", () => {
  const partitionOf = Partitioners.DefaultPartitioner();
  const leader = { partitionErrorCode: 0, leader: 0, replicas: [], isr: [] };
  const key = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "binary", minLength: 90 }));
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 60 }), (key, count) => {
      const partitionMetadata = Array.from(
        { length: count },
        (_, partitionId) => ({ ...leader, partitionId }),
      );
      const partition = partitionOf({ topic: "", message: { key, value: "" }, partitionMetadata });
      assert.equal(murmur2(key) % count, partition);
    }),
    { numRuns: 300 },
  );
});
