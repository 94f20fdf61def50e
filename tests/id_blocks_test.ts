import fc from "fast-check";
import assert from "node:assert/strict";
import { BLOCKS, createIdBlocks } from "../producers/id_blocks.ts";
import { blockOf } from "../producers/id_topic.ts";

const unit = { permissions: "none" } as const;

/** Reserves the next blocks, as offsets of a topic do, and notes how many each time. */
function offsets(first = 0) {
  let next = first;
  const asked: number[] = [];
  const reserve = (count: number) => {
    asked.push(count);
    return Promise.resolve(Array.from({ length: count }, () => next++));
  };
  return { asked, reserve };
}

Deno.test("runs that reserve their blocks in turn give no id twice", unit, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2), { minLength: 1, maxLength: 40 }), async (turns) => {
      const { reserve } = offsets();
      const runs = [0, 1, 2].map(() => createIdBlocks(reserve));
      const ids: string[] = [];
      for (const turn of turns) {
        await runs[turn]!.ensure(700);
        for (let i = 0; i < 700; i++) ids.push(runs[turn]!.id("SALE"));
      }
      assert.equal(new Set(ids).size, ids.length);
      assert.match(ids[0]!, /^SALE-[0-9A-F]{8}$/);
    }),
    { numRuns: 20 },
  );
});

Deno.test("each prefix goes through the blocks by itself", unit, async () => {
  const { asked, reserve } = offsets();
  const { id, ensure } = createIdBlocks(reserve);
  await ensure(1_024);
  for (let i = 0; i < 1_024; i++) assert.equal(id("SALE").slice(5), id("PAY").slice(4));
  assert.deepEqual(asked, [1]);
});

Deno.test(
  "ensure() reserves what is missing, and more the more a run has needed",
  unit,
  async () => {
    const { asked, reserve } = offsets();
    const { id, ensure } = createIdBlocks(reserve);
    for (let i = 0; i < 600; i++) {
      await ensure(1_024);
      for (let j = 0; j < 1_024; j++) id("SALE");
    }
    assert.deepEqual(asked, [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
  },
);

Deno.test("an id that was not reserved is not given", unit, async () => {
  const { id, ensure } = createIdBlocks(offsets().reserve);
  assert.throws(() => id("SALE"), /no further id is reserved for SALE/);
  await ensure(1);
  for (let i = 0; i < 1_024; i++) id("SALE");
  assert.throws(() => id("SALE"));
});

Deno.test("the last blocks have ids of their own, too", unit, async () => {
  const { reserve } = offsets(BLOCKS - 2);
  const { id, ensure } = createIdBlocks(reserve);
  await ensure(2_048);
  const ids = Array.from({ length: 2_048 }, () => id("X"));
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test(
  "blockOf() gives offsets of one topic different blocks, and topics different beginnings",
  unit,
  () => {
    const blocks = [0, 1, BLOCKS - 1].map((offset) => blockOf("producer_ids_0a", offset));
    assert.equal(new Set(blocks).size, 3);
    assert.equal(blockOf("producer_ids_0a", BLOCKS), blocks[0]);
    assert.notEqual(blockOf("producer_ids_0b", 0), blocks[0]);
  },
);
