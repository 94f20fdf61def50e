import assert from "node:assert/strict";
import { etl, query, warehouseBox } from "./warehouse.ts";

/** Relations and columns of the schema `warehouse` that have no comment, as psql's \d+ shows them. */
const UNCOMMENTED = `
  SELECT relation, attname AS column FROM (
    SELECT c.relname AS relation, c.oid, '' AS attname, 0 AS attnum
      FROM pg_class c WHERE c.relnamespace = 'warehouse'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    UNION ALL
    SELECT c.relname, c.oid, a.attname, a.attnum
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'warehouse'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
        AND a.attnum > 0 AND NOT a.attisdropped
  ) all_of_it
  WHERE coalesce(CASE attnum WHEN 0 THEN obj_description(oid, 'pg_class') ELSE col_description(oid, attnum) END, '') = ''
  ORDER BY relation, attnum`;

Deno.test("every table, view and column of the warehouse says what it is", async () => {
  await using box = await warehouseBox("comments");
  assert.equal((await etl(box)).code, 0);
  const missing = await query<{ relation: string; column: string }>(box, UNCOMMENTED);
  assert.deepEqual(missing.map(({ relation, column }) => `${relation}.${column}`), []);
});
