import assert from "node:assert/strict";
import { program } from "./program.ts";
import { fileName, saleRow } from "./rows.ts";
import { etl, put, putOurs, query, type WarehouseBox, warehouseBox } from "./warehouse.ts";

/** What the proof says of cells, looking into all files. */
async function lost(box: WarehouseBox): Promise<string[]> {
  await using run = program("verify/main.ts", ["--cells"], {
    permissions: "verify",
    env: box.env,
  });
  const { code, stdout, stderr } = await run.ended();
  const lines = stdout.split("\n").filter((line) => line.includes("cells are missing"));
  assert.equal(code, lines.length > 0 ? 1 : 0, stdout + stderr);
  assert.match(stdout, /^ {2}filled cells found: \d+ of \d+, in 4 files$/m);
  return lines.map((line) => line.trim());
}

Deno.test("verify --cells finds every cell of every file again, and names those that did not reach the warehouse", async () => {
  await using box = await warehouseBox("cells");
  await putOurs(box, "sales", fileName("sales", 1), [
    saleRow(1),
    saleRow(1),
    saleRow(1, { final_price: 1 }),
    saleRow(2, { customer_name: "Ann Late", timestamp: "2026-01-01T00:00:00.000000" }),
    saleRow(3, { final_price: -1 }),
  ]);
  assert.equal((await etl(box)).code, 0);
  await put(
    box,
    fileName("inventory", 1),
    "event_id,timestamp,vehicle_vin,vehicle_make,dealer_name,quantity,colour\n" +
      "I1,2026-02-26,vin 4242,BMW,South,3,red\nI2,31/02/2026,VIN4242,BMW,South,3,red\n",
  );
  await put(
    box,
    fileName("customers", 1),
    "customer_id,first_name,last_name,email,phone,date_of_birth,nickname\n" +
      "CUST-1,Ann,Smith,not-an-email,082,31-02-1980,Annie\n",
  );
  await put(
    box,
    fileName("dealers", 1),
    "dealer_id,dealer_name,city,created_at\nDLR-1,North Motors,Durban,2026-02-27\n",
  );
  const { code, stderr } = await etl(box);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(await lost(box), []);

  const spoilt: [sql: string, line: RegExp][] = [
    [
      "UPDATE warehouse.fact_sales SET payment_method = NULL WHERE sale_id = 'SALE-00000002'",
      /^sales\S+: 1 cells are missing from the warehouse: line 5: payment_method$/,
    ],
    [
      "UPDATE warehouse.fact_inventory SET vehicle_key = 0",
      /^inventory\S+: 1 cells are .*: line 2: vehicle_make$/,
    ],
    [
      "UPDATE warehouse.fact_inventory SET extra = extra - 'dealer_name' - 'colour'",
      /^inventory\S+: 2 cells are .*: line 2: colour, line 2: dealer_name$/,
    ],
    [
      "UPDATE warehouse.rejected_rows SET content = content - 'final_price' WHERE line = 6",
      /^sales\S+: 1 cells are .*: line 6: final_price$/,
    ],
    [
      "UPDATE warehouse.master_rows SET told = told - 'nickname'",
      /^customers\S+: 1 cells are .*: line 2: nickname$/,
    ],
    [
      "ALTER TABLE warehouse.dim_dealer DISABLE TRIGGER USER; UPDATE warehouse.dim_dealer SET city = NULL",
      /^dealers\S+: 1 cells are .*: line 2: dim_dealer\.city$/,
    ],
  ];
  const tables = [
    ...["fact_sales", "fact_inventory", "rejected_rows", "master_rows", "dim_dealer"],
  ];
  for (const table of tables) {
    await box.client.query(`CREATE TABLE kept_${table} AS SELECT * FROM warehouse.${table}`);
  }
  for (const [sql, line] of spoilt) {
    await box.client.query(sql);
    const lines = await lost(box);
    assert.equal(lines.length, 1, `${sql}: ${lines}`);
    assert.match(lines[0]!, line);
    const table = tables.find((name) => sql.includes(`UPDATE warehouse.${name}`))!;
    await restore(box, table);
  }
  assert.deepEqual(await lost(box), []);
});

/** Puts a table back to what it was. */
async function restore(box: WarehouseBox, table: string): Promise<void> {
  const columns = await query<{ name: string }>(
    box,
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'warehouse' AND table_name = $1 AND is_generated = 'NEVER'
       AND is_identity = 'NO'`,
    [table],
  );
  const [key] = await query<{ names: string }>(
    box,
    `SELECT string_agg(format('t.%1$I = k.%1$I', attname), ' AND ') AS names FROM pg_index i
     JOIN pg_attribute a ON attrelid = indrelid AND attnum = ANY (indkey)
     WHERE indisprimary AND indrelid = $1::regclass`,
    [`warehouse.${table}`],
  );
  const set = columns.map(({ name }) => `${name} = k.${name}`).join(", ");
  await box.client.query(
    `UPDATE warehouse.${table} t SET ${set} FROM kept_${table} k WHERE ${key!.names}`,
  );
}
