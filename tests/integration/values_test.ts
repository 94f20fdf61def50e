import assert from "node:assert/strict";
import { fileName, saleRow } from "./rows.ts";
import { etl, ledger, put, putOurs, query, rejected, verify, warehouseBox } from "./warehouse.ts";

/** The words of a field and how often each stands in `extra`. */
const kept = (table: string, field: string) =>
  `SELECT ${field} AS value, extra->>'${field}' AS word, count(*)::int AS n
   FROM warehouse.${table} GROUP BY 1, 2 ORDER BY 2 NULLS FIRST, 1`;

Deno.test("a value out of a set is loaded, counted and named, whoever wrote it", async () => {
  await using box = await warehouseBox("values-new");
  const sales = [
    ...["Fleet", "Fleet", "Fleet", "Dealer", "Online"].map((sale_channel, n) =>
      saleRow(n, { sale_channel })
    ),
    saleRow(5, { payment_method: "Financing", sale_status: "Delivered" }),
  ];
  await putOurs(box, "sales", fileName("sales", 1), sales);
  await put(
    box,
    fileName("interactions", 1),
    "interaction_id,customer_id,interaction_date,outcome\nI1,C,2026-02-26,Won\n" +
      'I2,C,2026-02-26,No Response\nI3,C,2026-02-26,"\u001b[31m\n"\nI4,C,2026-02-26,Cancelled\n' +
      `I5,C,2026-02-26,${"x".repeat(5_000)}\n`,
  );
  await put(
    box,
    fileName("payments", 1),
    "payment_id,sale_id,payment_date,payment_amount,payment_method,payment_status\n" +
      "P1,S,2026-02-26,5,Cash,Refunded\n",
  );
  const { code, stdout, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Done: 3 files, 12 rows = 12 facts \+ 0 rejected \+ 0 repeats$/m);
  assert.deepEqual(stdout.match(/^\d+ new values? .*$/gm)?.toSorted(), [
    "1 new value of sale_status: Delivered (1) (see warehouse.new_values)",
    "2 new values of payment_method: Cash (1), Financing (1) (see warehouse.new_values)",
    "2 new values of sale_channel: Fleet (3), Dealer (1) (see warehouse.new_values)",
    `3 new values of outcome: \\u001b[31m\\u000a (1), No Response (1), ${
      "x".repeat(60)
    }… (1) (see warehouse.new_values)`,
  ]);
  assert.deepEqual(
    await query(
      box,
      `SELECT field, value, facts::int, files::int, first_file FROM warehouse.new_values
       WHERE type = 'sales' ORDER BY facts DESC, value`,
    ),
    [
      ["sale_channel", "Fleet", 3],
      ["sale_channel", "Dealer", 1],
      ["sale_status", "Delivered", 1],
      ["payment_method", "Financing", 1],
    ].map(([field, value, facts]) => ({
      field,
      value,
      facts,
      files: 1,
      first_file: fileName("sales", 1),
    })).toSorted((a, b) => Number(b.facts) - Number(a.facts) || (a.value! < b.value! ? -1 : 1)),
  );
  const [answers] = await query(
    box,
    `SELECT (SELECT sales::int FROM warehouse.revenue_by_dealer_month) AS sales,
       (SELECT count(*)::int FROM warehouse.payment_coverage) AS owed,
       (SELECT sum(interactions)::int FROM warehouse.interaction_conversion) AS interactions,
       (SELECT sum(won + lost + pending)::int FROM warehouse.interaction_conversion) AS known,
       (SELECT sum(other)::int FROM warehouse.interaction_conversion) AS other`,
  );
  assert.deepEqual(answers, { sales: 5, owed: 6, interactions: 5, known: 1, other: 4 });
  assert.equal((await verify(box)).code, 0);
});

Deno.test("a repeat brings no new value", async () => {
  await using box = await warehouseBox("values-repeat");
  const name = (n: number) => fileName("sales", n);
  await putOurs(box, "sales", name(1), [saleRow(1, { sale_channel: "Fleet" })]);
  const first = await etl(box, "--key", name(1));
  assert.match(first.stdout, /^1 new value of sale_channel: Fleet \(1\)/m);
  // Offered again under another name it is a repeat: nothing new has come of it.
  await putOurs(box, "sales", name(2), [saleRow(1, { sale_channel: "Fleet" })]);
  const again = await etl(box, "--key", name(2));
  assert.match(again.stdout, /: 0 facts, 1 repeats$/m);
  assert.doesNotMatch(again.stdout, /new value/);
});

Deno.test("synonyms become the value that they stand for, and the word is kept", async () => {
  await using box = await warehouseBox("values-synonyms");
  await put(
    box,
    fileName("payments", 1),
    "payment_id,sale_id,payment_date,payment_amount,payment_method,payment_status,note\n" +
      [
        ["Completed", "Credit Card"],
        ["cancelled", "credit_card"],
        ["PAID", "CREDIT CARD"],
        [" paid ", "bank-transfer"],
        ["Paid", "Check"],
        ["Void", "Cheque"],
        ["", ""],
      ].map(([status, method], n) => `P${n},S1,2026-02-26,10,${method},${status},n${n}\n`).join(""),
  );
  await put(
    box,
    fileName("procurement", 1),
    "procurement_id,supplier_id,procurement_date,cost_price,quantity,procurement_status\n" +
      ["Delivered", "Completed", "Pending", "Cancelled"]
        .map((status, n) => `O${n},SUP,2026-02-26,10,1,${status}\n`).join(""),
  );
  await put(
    box,
    fileName("inventory", 1),
    "inventory_id,vehicle_id,dealer_id,quantity,stock_status,last_updated\n" +
      ["InStock", "OutOfStock", "Reserved", "coming soon"]
        .map((status, n) => `N${n},V${n},D,3,${status},2026-02-26\n`).join(""),
  );
  const { code, stdout, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Done: 3 files, 15 rows = 15 facts/m);
  assert.deepEqual(
    (await query(
      box,
      "SELECT payment_id AS id, payment_status AS status, payment_method AS method, extra FROM warehouse.fact_payments ORDER BY 1",
    )).map(Object.values),
    [
      ["P0", "Paid", "Credit Card", { note: "n0", payment_status: "Completed" }],
      ["P1", "Failed", "Credit Card", {
        note: "n1",
        payment_status: "cancelled",
        payment_method: "credit_card",
      }],
      ["P2", "Paid", "Credit Card", {
        note: "n2",
        payment_status: "PAID",
        payment_method: "CREDIT CARD",
      }],
      ["P3", "Paid", "Bank Transfer", {
        note: "n3",
        payment_status: " paid ",
        payment_method: "bank-transfer",
      }],
      ["P4", "Paid", "Check", { note: "n4" }],
      ["P5", "Void", "Cheque", { note: "n5" }],
      ["P6", null, null, { note: "n6" }],
    ],
  );
  const words = async (table: string, field: string) =>
    (await query(box, kept(table, field))).map(Object.values);
  assert.deepEqual(await words("fact_procurement", "procurement_status"), [
    ["Cancelled", null, 1],
    ["Received", "Completed", 1],
    ["Received", "Delivered", 1],
    ["Ordered", "Pending", 1],
  ]);
  assert.deepEqual(await words("fact_inventory", "stock_status"), [
    ["Reserved", null, 1],
    ["In Stock", "InStock", 1],
    ["Out of Stock", "OutOfStock", 1],
    ["Coming Soon", "coming soon", 1],
  ]);
  assert.deepEqual(
    await query(
      box,
      "SELECT ordered::int, received::int, other::int FROM warehouse.procurement_by_supplier",
    ),
    [{ ordered: 1, received: 2, other: 1 }],
  );
  // The same again, whatever became of its words, is a repeat.
  await put(
    box,
    fileName("inventory", 2),
    "inventory_id,vehicle_id,dealer_id,quantity,stock_status,last_updated\nN0,V0,D,3,InStock,2026-02-26\n",
  );
  assert.match(
    (await etl(box)).stdout,
    /^Done: 1 files, 1 rows = 0 facts \+ 0 rejected \+ 1 repeats/m,
  );
});

Deno.test("each kind of dirt in exports is a rejected row with a reason, or a fact", async () => {
  await using box = await warehouseBox("values-dirt");
  await put(
    box,
    fileName("sales", 1),
    "sale_id,sale_date,customer_id,customer_name,email,vehicle_id,vehicle_vin,sale_price,discount_amount,final_price\n" +
      "S1,2025-03-17,C1,Ann,a@example.org,V1,VIN1,100,0,-100\n" +
      "S2,2025-03-17 00:00:00,C1,Ann,a@example.org,V1,VIN1,40305100,10000,40295100\n" +
      "S3,31-02-2025,C1,Ann,a@example.org,V1,VIN1,100,0,100\n" +
      "S4,2025-03-17,C2,Ann??,not-an-email,V2,VIN40,100,0,100\n" +
      "S5,2025-03-17,C3,,,V3,VIN4000000148XX,100,,\n" +
      "S6,-2025-03-17,C1,Ann,a@example.org,V1,VIN1,100,0,100\n",
  );
  await put(
    box,
    fileName("telemetry", 1),
    "telemetry_id,vehicle_id,timestamp,speed,fuel_level,engine_temperature,location_lat,location_long\n" +
      "T1,V1,2025-03-07 00:00:00,-50,7,101,-30,27\n" +
      "T2,V1,2025-03-07 00:00:00,9999,7,101,-30,27\n" +
      "T3,V1,2025-03-07 00:00:00,10,,200,-30,27\n" +
      "T4,V1,2025-03-07 00:00:00,10,7,-10,-30,27\n",
  );
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await ledger(box), {
    [fileName("sales", 1)]: "6 rows, 3 facts, 3 rejected, 0 repeats",
    [fileName("telemetry", 1)]: "4 rows, 2 facts, 2 rejected, 0 repeats",
  });
  const time = "expected a UTC time such as 2026-02-26T10:30:45.123456";
  assert.deepEqual((await rejected(box)).map((text) => text.replace(/^.*?: /, "")).toSorted(), [
    "final_price is -100.00, expected 0 or more",
    `sale_date is "-2025-03-17", ${time}`,
    `sale_date is "31-02-2025", ${time}`,
    "speed is -50, expected 0 to 350",
    "speed is 9999, expected 0 to 350",
  ]);
});

Deno.test("an older warehouse keeps what it has, and loads what it rejected when the file is offered again", async () => {
  await using box = await warehouseBox("values-older");
  const scripts = ["schema.sql", "0002_analytics", "0003_topic_ids", "0004_freshness"];
  for (const [n, name] of scripts.entries()) {
    const path = n === 0 ? name : `migrations/${name}.sql`;
    await box.client.query(await Deno.readTextFile(`warehouse/sql/${path}`));
    await query(box, "INSERT INTO warehouse.schema_version (version) VALUES ($1)", [n + 1]);
  }
  const file = "sale_id,sale_date,final_price,sale_channel\nS1,2026-02-26,5,Online\n" +
    "S2,2026-02-26,7,Fleet\n";
  await box.client.query(`
    INSERT INTO warehouse.dim_date (date_key) VALUES ('2026-02-26');
    INSERT INTO warehouse.load_ledger (bucket, key, etag, type, status, rows, facts, rejected) VALUES
      ('${box.settings.bucket}', '${fileName("sales", 1)}', 'e', 'sales', 'loaded', 1, 0, 1),
      ('${box.settings.bucket}', '${
    fileName("telemetry", 1)
  }', 'e', 'telemetry', 'loaded', 1, 1, 0);
    INSERT INTO warehouse.rejected_rows (load_id, line, event_id, reason)
      VALUES (1, 3, 'S2', 'sale_channel is Fleet, expected Dealership, Online, Auction');
    INSERT INTO warehouse.fact_telemetry (event_id, event_time, load_id, content, date_key, line, speed)
      VALUES ('T1', '2026-02-26', 2, 0, '2026-02-26', 2, 9999);`);
  await put(box, fileName("sales", 1).replace(".csv", "_again.csv"), file);
  const { code, stdout, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Done: 1 files, 2 rows = 2 facts \+ 0 rejected \+ 0 repeats$/m);
  assert.deepEqual(await query(box, "SELECT speed FROM warehouse.fact_telemetry"), [
    { speed: 9999 },
  ]);
  assert.equal((await verify(box)).code, 0);
});
