import assert from "node:assert/strict";
import { asRead } from "../../docs/tables/blocks.ts";
import { fileOf, readPages } from "../../docs/tables/pages.ts";
import { readSchema } from "../../docs/tables/read_schema.ts";
import { STAR, starSvg } from "../../docs/tables/star_svg.ts";
import { warehouseBlocks } from "../../docs/tables/warehouse_blocks.ts";
import { etl, warehouseBox } from "./warehouse.ts";

Deno.test("the tables and the star of the documents are those of a warehouse; if not: deno task docs:tables", async () => {
  await using box = await warehouseBox("page");
  assert.equal((await etl(box)).code, 0);
  const schema = await readSchema(box.client);
  for (const { path, text, wanted } of readPages(warehouseBlocks(schema))) {
    if (path !== "docs/data-dictionary.md") assert.equal(asRead(text), asRead(wanted), path);
  }
  assert.equal(await Deno.readTextFile(fileOf(STAR)), starSvg(schema));
});
