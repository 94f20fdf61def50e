import assert from "node:assert/strict";
import { fileName, saleRow } from "./rows.ts";
import {
  etl,
  ledger,
  placeOf,
  put,
  putOurs,
  query,
  rejected,
  type WarehouseBox,
  warehouseBox,
} from "./warehouse.ts";

const key = (n: number) => fileName("sales", n);

/** How many transactions have loaded files. */
async function transactions(box: WarehouseBox): Promise<number> {
  const [row] = await query<{ count: number }>(
    box,
    `SELECT count(DISTINCT xmin::text)::int AS count FROM warehouse.load_ledger
     WHERE status = 'loaded'`,
  );
  return row!.count;
}

Deno.test("etl loads small files together, each with its own lines, counts and lineage", async () => {
  await using box = await warehouseBox("etl-sets");
  const rows = [
    [saleRow(1), saleRow(2, { customer_name: '"Smith,\nAnn"' }), saleRow(3)],
    // Of another file of the same set, with the same content and with other content.
    [saleRow(4), saleRow(2, { customer_name: '"Smith,\nAnn"' }), saleRow(1, { final_price: 7 })],
    [saleRow(5, { sale_price: -5 }), saleRow(6, { sale_channel: "Telex" }), saleRow(6)],
    [saleRow(7, { sale_channel: "Telex" })],
  ];
  // As many as make sets of four.
  for (let n = 0; n < 16; n++) await putOurs(box, "sales", key(n), rows[n] ?? [saleRow(100 + n)]);
  const { code, stdout, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.equal(await transactions(box), 4);
  const entries = await ledger(box);
  assert.deepEqual([0, 1, 2, 3].map((n) => [key(n), entries[key(n)]]), [
    [key(0), "3 rows, 3 facts, 0 rejected, 0 repeats"],
    [key(1), "3 rows, 1 facts, 1 rejected, 1 repeats"],
    [key(2), "3 rows, 1 facts, 2 rejected, 0 repeats"],
    [key(3), "1 rows, 1 facts, 0 rejected, 0 repeats"],
  ]);
  const [conflict, ...broken] = await rejected(box);
  assert.equal(
    conflict,
    `4 of ${key(1)}: the event is there already, with other content: line 2 of ${key(0)}`,
  );
  assert.match(broken[0]!, new RegExp(`^2 of ${key(2)}: sale_price`));
  assert.match(broken[1]!, new RegExp(`^4 of ${key(2)}: the event is there already`));
  assert.deepEqual(
    await query(
      box,
      `SELECT f.sale_id, f.line, l.key, l.topic, l.ranges[0]->>'rows' AS rows, c.name
       FROM warehouse.fact_sales f
       JOIN warehouse.load_ledger l USING (load_id) JOIN warehouse.dim_customer c USING (customer_key)
       WHERE f.sale_id IN ('SALE-00000002', 'SALE-00000004') ORDER BY 1`,
    ),
    [
      { n: 2, line: 3, file: 0, name: "Smith,\nAnn", rows: 3 },
      { n: 4, line: 2, file: 1, name: "Ann Smith", rows: 3 },
    ].map(({ n, line, file, name, rows }) => ({
      sale_id: `SALE-0000000${n}`,
      line,
      key: key(file),
      topic: "sales_topic",
      rows: String(rows),
      name,
    })),
  );
  assert.match(stdout, /^1 new value of sale_channel: Telex \(2\)/m);
  assert.equal(await placeOf(box, key(15)), "archive");
});

Deno.test("etl loads a file that is not as our consumer writes it alone, and its set without it", async () => {
  await using box = await warehouseBox("etl-sets-others");
  for (let n = 0; n < 16; n++) await putOurs(box, "sales", key(n), [saleRow(n)]);
  await put(box, key(1), "sale_id,sale_date,colour\nSALE-X,2026-02-26,red\n");
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.equal(await transactions(box), 5);
  assert.equal((await ledger(box))[key(1)], "1 rows, 1 facts, 0 rejected, 0 repeats");
});

Deno.test("etl loads each file of a set alone where one cannot be loaded", async () => {
  await using box = await warehouseBox("etl-sets-broken");
  // Its content is what its writer recorded: what is wrong shows in PostgreSQL only.
  for (let n = 0; n < 16; n++) {
    await putOurs(box, "sales", key(n), [saleRow(n, n === 2 ? { final_price: "12k" } : {})]);
  }
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.equal(await transactions(box), 7);
  assert.match((await rejected(box)).join(), new RegExp(`^2 of ${key(2)}: final_price is "12k"`));
});
