import assert from "node:assert/strict";
import type { Sandbox } from "./sandbox.ts";
import { type Ended, program } from "./program.ts";
import { fileName, saleRow } from "./rows.ts";
import { etl, put, putOurs, query, verify, type WarehouseBox, warehouseBox } from "./warehouse.ts";

async function forget({ env }: Pick<Sandbox, "env">, ...args: string[]): Promise<Ended> {
  await using run = program("warehouse/forget/main.ts", args, { permissions: "forget", env });
  return await run.ended();
}

async function load(box: WarehouseBox): Promise<void> {
  const { code, stderr } = await etl(box);
  assert.deepEqual([code, stderr], [0, ""]);
}

/** In which tables of the warehouse a text stands. */
async function tablesWith(box: WarehouseBox, ...texts: string[]): Promise<string[]> {
  const tables = await query<{ name: string }>(
    box,
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'warehouse' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await query(
      box,
      `SELECT FROM warehouse.${name} t WHERE t::text ~* ANY ($1) LIMIT 1`,
      [texts],
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}

const PERSONAL = [
  "Ann Smith",
  "Ann Late",
  "ann@example",
  "0821112222",
  "Long Street",
  "rang about",
];

const files = {
  sales: (n: number) => [
    saleRow(n, { customer_id: "CUST-1", timestamp: "2026-02-20T00:00:00.000000" }),
    // Late, with another name; and rejected.
    saleRow(n + 1, { customer_id: "CUST-1", customer_name: "Ann Late", timestamp: "2026-01-20" }),
    saleRow(n + 2, { customer_id: "CUST-1", final_price: -1 }),
    saleRow(n + 3, { customer_id: "CUST-2", customer_name: "Bob", email: "bob@example.org" }),
  ],
  mail: "event_id,timestamp,email,colour\nS-MAIL,2026-02-26,ANN@example.org,Ann Smith's red\n",
  // Rejected, with columns under names of its own.
  foreign: "Event ID,Timestamp,Customer ID,Customer Name,Email,Final Price\n" +
    "S-FOREIGN,2026-02-26,CUST-1,Ann Smith,ann@example.org,12k\n" +
    "S-FOREIGN2,2026-02-26,,Ann Smith,Ann@example.org,13k\n",
  customers: "customer_id,first_name,last_name,email,phone,street_name,created_at,nickname\n" +
    "CUST-1,Ann,Smith,ann@example.org,0821112222,Long Street,2026-01-10,ann@example\n",
  interactions: (reason = "Phone") =>
    "event_id,timestamp,customer_id,customer_name,notes,interaction_type\n" +
    `I1,2026-02-26,CUST-1,Ann Smith,rang about Ann Smith,${reason}\n` +
    `I2,2026-02-26,CUST-1,Ann Smith,${"rang about it ".repeat(60)},\n`,
};

async function putAll(box: WarehouseBox, n: number): Promise<void> {
  await putOurs(box, "sales", fileName("sales", n), files.sales(1));
  await put(box, fileName("sales", n + 1), files.mail);
  await put(box, fileName("sales", n + 2), files.foreign);
  await put(box, fileName("customers", n), files.customers);
  await put(box, fileName("interactions", n), files.interactions());
}

Deno.test("forget blanks a customer everywhere in the warehouse; facts stay, and no old file brings it back", async () => {
  await using box = await warehouseBox("forget");
  await putAll(box, 1);
  await load(box);
  assert.equal((await verify(box)).code, 0);
  const before = await tablesWith(box, ...PERSONAL);
  assert.deepEqual(before, [
    "dim_customer",
    "fact_interactions",
    "fact_sales",
    "known_by",
    "master_rows",
    "rejected_rows",
  ]);
  const counts = () =>
    query(
      box,
      `SELECT (SELECT count(*)::int FROM warehouse.fact_sales) AS sales,
         (SELECT sum(final_price)::text FROM warehouse.fact_sales JOIN warehouse.dim_customer USING (customer_key)
          WHERE customer_id = 'CUST-1') AS spent,
         (SELECT count(*)::int FROM warehouse.rejected_rows) AS rejected`,
    );
  const facts = await counts();

  const dry = await forget(box, "CUST-1", "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^ {2}would be blanked +rows$/m);
  assert.match(dry.stdout, /^Nothing was changed$/m);
  assert.deepEqual(await tablesWith(box, ...PERSONAL), before);

  const done = await forget(box, "CUST-1");
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^ {2}warehouse\.dim_customer +\d$/m);
  assert.match(done.stdout, /^✓ CUST-1 is forgotten: /m);
  assert.match(done.stdout, /to be deleted from the archive: 5$/m);
  assert.deepEqual(await tablesWith(box, ...PERSONAL), []);
  assert.deepEqual(await counts(), facts);
  assert.deepEqual(await tablesWith(box, "Bob"), ["dim_customer", "known_by"]);

  // The same files again, under other names, in another shape, and with something new.
  await putAll(box, 11);
  await put(
    box,
    fileName("customers", 20),
    "customer_id,first_name,last_name,email,created_at\nCUST-1,Ann,Smith,ann@example.org,2026-01-10\n,Ann,Smith,ann@example.org,2026-01-10\n",
  );
  await put(box, fileName("interactions", 20), files.interactions("Fax"));
  await putOurs(box, "sales", fileName("sales", 20), [saleRow(9, { customer_id: "CUST-1" })]);
  await load(box);
  assert.deepEqual(await tablesWith(box, ...PERSONAL), []);
  const after = (await counts())[0]!;
  assert.equal(after.sales, (facts[0]!.sales as number) + 1);
  const repeats = await query(
    box,
    `SELECT key, repeats FROM warehouse.load_ledger WHERE key ~ '_0000(11|12).csv' ORDER BY 1`,
  );
  assert.deepEqual(repeats, [
    { key: fileName("customers", 11), repeats: 1 },
    { key: fileName("interactions", 11), repeats: 1 },
    { key: fileName("sales", 11), repeats: 3 },
    { key: fileName("sales", 12), repeats: 1 },
  ]);
  const proof = await verify(box);
  assert.equal(proof.code, 0, proof.stdout);

  const unknown = await forget(box, "CUST-9");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^✗ Cannot forget CUST-9: .*\n {2}→ /);
  const none = await forget(box);
  assert.equal(none.code, 2);
});

Deno.test("forget takes an e-mail for customers who have no id, and leaves what others share", async () => {
  await using box = await warehouseBox("forget-mail");
  await put(
    box,
    fileName("sales", 1),
    "event_id,timestamp,customer_id,customer_name,email\n" +
      "S1,2026-02-26,,Ann Smith,ann@example.org\n" +
      "S2,2026-02-26,C1,Bob,both@example.org\nS3,2026-02-26,C2,Cat,both@example.org\n",
  );
  await load(box);
  assert.equal((await forget(box, "ANN@example.org")).code, 0);
  assert.deepEqual(await tablesWith(box, "Ann Smith", "ann@example"), []);
  assert.equal((await forget(box, "C1")).code, 0);
  assert.deepEqual(await tablesWith(box, "Bob"), []);
  assert.deepEqual(await tablesWith(box, "Cat"), ["dim_customer"]);
  await put(
    box,
    fileName("sales", 2),
    "event_id,timestamp,customer_name,email\nS4,2026-02-27,Ann Smith, Ann@example.org\nS5,2026-02-27,Cat,both@example.org\n",
  );
  await load(box);
  assert.deepEqual(await tablesWith(box, "Ann Smith", "ann@example"), []);
  assert.equal(
    (await query(box, "SELECT FROM warehouse.dim_customer WHERE member = 'email:both@example.org'"))
      .length,
    1,
  );
});
