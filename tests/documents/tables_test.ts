import assert from "node:assert/strict";
import { asRead, blocksOf } from "../../docs/tables/blocks.ts";
import { codeBlocks } from "../../docs/tables/code_blocks.ts";
import { readPages } from "../../docs/tables/pages.ts";
import { warehouseBlocks } from "../../docs/tables/warehouse_blocks.ts";

const pages = readPages(codeBlocks);

for (const { path, text, wanted } of pages) {
  if (text === wanted && blocksOf(text).length === 0) continue;
  Deno.test(`${path} is what the code says; if not: deno task docs:tables`, () => {
    assert.equal(asRead(text), asRead(wanted));
  });
}

Deno.test("the blocks of the pages are those that docs:tables makes", () => {
  const made = [...Object.keys(codeBlocks), ...Object.keys(warehouseBlocks([]))];
  const used = new Set(pages.flatMap(({ text }) => blocksOf(text)));
  assert.deepEqual([...used].toSorted(), made.toSorted());
});
