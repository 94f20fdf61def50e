import assert from "node:assert/strict";
import { readBlocks } from "../../docs/answers/answer_blocks.ts";
import { questions } from "../../docs/answers/questions.ts";
import { etl, query, warehouseBox } from "./warehouse.ts";

const blocks = readBlocks(Deno.readTextFileSync(new URL("../../docs/views.md", import.meta.url)));

Deno.test("docs/views.md asks every view of the warehouse, and its answers have the query's columns", async () => {
  await using box = await warehouseBox("docs-answers");
  // It makes the schema.
  assert.equal((await etl(box)).code, 0);
  const views = await query<{ name: string }>(
    box,
    "SELECT viewname AS name FROM pg_views WHERE schemaname = 'warehouse' ORDER BY 1",
  );
  assert.deepEqual(blocks.map(({ view }) => view).toSorted(), views.map(({ name }) => name));
  for (const { view, sql, columns } of blocks) {
    assert.equal(sql, questions.find((question) => question.view === view)?.sql);
    assert.match(sql, new RegExp(`\\bwarehouse\\.${view}\\b`));
    const { fields } = await box.client.query(sql);
    assert.deepEqual(fields.map(({ name }: { name: string }) => name), columns);
  }
});
