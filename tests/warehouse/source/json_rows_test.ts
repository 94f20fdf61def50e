import assert from "node:assert/strict";
import { jsonRows } from "../../../warehouse/source/json_rows.ts";

const unit = { permissions: "none" } as const;

async function countRows(text: string, piece: number): Promise<number> {
  const bytes = new TextEncoder().encode(text);
  async function* body() {
    for (let at = 0; at < bytes.length; at += piece) {
      yield await Promise.resolve(bytes.slice(at, at + piece));
    }
  }
  let count = 0;
  const isId = (name: string) => name === "id";
  for await (const rows of jsonRows(body(), { isId, id: "sale_id" })) count += rows.length;
  return count;
}

Deno.test("jsonRows() takes an export of nothing for a file without rows", unit, async () => {
  for (const text of ["[]", '{"rows": []}', '{"count": 0, "data": [], "next": null}']) {
    for (const piece of [1, 100]) assert.equal(await countRows(text, piece), 0, text);
  }
});

Deno.test("jsonRows() takes nothing else for one", unit, async () => {
  for (const piece of [1, 100]) {
    assert.equal(await countRows('{"id": "S1", "tags": []}', piece), 1);
    assert.equal(await countRows('{"tags": []}\n{"id": "S1"}', piece), 2);
    for (const text of ['{"rows": {}}', '[{"tags": []}]', '{"a": [], "b": []}']) {
      const message = /none of its 1 rows has event_id or sale_id/;
      await assert.rejects(countRows(text, piece), { name: "UnreadableFile", message }, text);
    }
  }
});
