import assert from "node:assert/strict";
import { columnsOf } from "../../../shared/catalogue/events.ts";
import { isPlain } from "../../../warehouse/load/stage_file.ts";

Deno.test("isPlain() takes headers that COPY takes as they are", () => {
  const columns = columnsOf("sales");
  assert.equal(isPlain(columns, "sales"), true);
  assert.equal(isPlain([...columns].reverse(), "sales"), true);
  assert.equal(isPlain([...columns, "colour"], "sales"), false, "a column of its own");
  assert.equal(isPlain([...columns, "event_id"], "sales"), false, "a column twice");
  assert.equal(isPlain(columns.filter((name) => name !== "event_id"), "sales"), false);
});
