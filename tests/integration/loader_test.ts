import { GetObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { saleRow } from "./rows.ts";
import { etl, ledger, placeOf, put, putOurs, query, rejected, warehouseBox } from "./warehouse.ts";

const SALES = "sales/sales_20260226_102345.csv";
const PAYMENTS = "payments/payments_20260226_102345.csv";

Deno.test("etl loads files of our consumer into the star, once, and archives them", async () => {
  await using box = await warehouseBox("etl");
  await putOurs(box, "sales", SALES, [saleRow(1), saleRow(2)]);
  const first = await etl(box);
  assert.equal(first.code, 0, first.stderr);
  assert.match(
    first.stdout,
    /^✓ Loaded 2 sales rows ← s3:\/\/\S+\/sales_20260226_102345\.csv: 2 facts$/m,
  );
  assert.match(first.stdout, /^Done: 1 files, 2 rows = 2 facts \+ 0 rejected \+ 0 repeats$/m);
  assert.deepEqual(await ledger(box), { [SALES]: "2 rows, 2 facts, 0 rejected, 0 repeats" });
  assert.equal(await placeOf(box, SALES), "archive");
  assert.deepEqual(
    await query(
      box,
      `SELECT f.sale_id, f.final_price, f.event_time::text AS at, f.date_key::text AS day, c.customer_id,
         c.name, v.vin, d.name AS dealer, f.line FROM warehouse.fact_sales f
       JOIN warehouse.dim_customer c USING (customer_key) JOIN warehouse.dim_vehicle v USING (vehicle_key)
       JOIN warehouse.dim_dealer d USING (dealer_key) ORDER BY f.sale_id`,
    ),
    [1, 2].map((n) => ({
      sale_id: `SALE-0000000${n}`,
      final_price: "23899.50",
      at: "2026-02-26 10:30:45.123456",
      day: "2026-02-26",
      customer_id: `CUST-${n}`,
      name: "Ann Smith",
      vin: "VIN1",
      dealer: "North",
      line: n + 1,
    })),
  );
  // Offered again, under its name and under another: known, and repeats.
  await putOurs(box, "sales", SALES, [saleRow(1), saleRow(2)]);
  await putOurs(box, "sales", "sales/sales_20260226_102346_001.csv", [saleRow(2), saleRow(3)]);
  const second = await etl(box);
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(await ledger(box), {
    [SALES]: "2 rows, 2 facts, 0 rejected, 0 repeats",
    "sales/sales_20260226_102346_001.csv": "2 rows, 1 facts, 0 rejected, 1 repeats",
  });
  assert.equal(await placeOf(box, SALES), "archive");
});

Deno.test("etl takes files of other writers: any order of columns, extra ones, missing ones, BOM, CRLF", async () => {
  await using box = await warehouseBox("etl-others");
  await put(
    box,
    SALES,
    "\uFEFFcolour,sale_id,final_price,sale_date,customer_id,note\r\n" +
      'red,SALE-A,12.5,2026-02-26,C1,"two\r\nlines"\r\n' +
      ",SALE-B,,2026-02-26T12:00:00+02:00,C2,\r\n",
  );
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id, sale_id, final_price, event_time::text AS at, sale_price, dealer_key::int, extra
       FROM warehouse.fact_sales ORDER BY event_id`,
    ),
    [
      {
        event_id: "SALE-A",
        sale_id: "SALE-A",
        final_price: "12.50",
        at: "2026-02-26 00:00:00",
        sale_price: null,
        dealer_key: 0,
        extra: { colour: "red", note: "two\r\nlines" },
      },
      {
        event_id: "SALE-B",
        sale_id: "SALE-B",
        final_price: null,
        at: "2026-02-26 10:00:00",
        sale_price: null,
        dealer_key: 0,
        extra: null,
      },
    ],
  );
});

Deno.test("etl rejects rows with line and reason, and loads the rest of the file", async () => {
  await using box = await warehouseBox("etl-rejects");
  await put(
    box,
    SALES,
    [
      "event_type,event_id,timestamp,sale_id,sale_date,sale_price,discount_amount,sale_channel",
      "sales,S1,2026-02-26T10:30:45,S1,2026-02-26,12k,,Online",
      "sales,S2,2026-02-30T10:30:45,S2,2026-02-26,12,,Online",
      "sales,S3,2026-02-26T10:30:45,S3,02/03/2026,12,,Online",
      "sales,S4,2026-02-26T10:30:45,S4,2026-02-26,12,13,Online",
      "sales,S5,2026-02-26T10:30:45,S5,2026-02-26,-12,,Online",
      "sales,S6,2026-02-26T10:30:45,S6,2026-02-26,12,,Fax",
      "payments,S7,2026-02-26T10:30:45,S7,2026-02-26,12,,Online",
      "sales,,2026-02-26T10:30:45,,2026-02-26,12,,Online",
      "sales,S9,,S9,,12,,Online",
      `sales,${"S".repeat(65)},2026-02-26T10:30:45,S10,2026-02-26,12,,Online`,
      "sales,S11,2026-02-26T10:30:45,S11,2026-02-26,NaN,,Online",
      "sales,S12,now,S12,2026-02-26,12,,Online",
      "sales,S13,2026-02-26T10:30:45,S13,2026-02-26,12,1,Online",
      "",
    ].join("\n"),
  );
  const { code, stderr, stdout } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /13 sales rows ← \S+: 2 facts, 11 rejected$/m);
  const of = (line: number, reason: string) => `${line} of ${SALES}: ${reason}`;
  assert.deepEqual(await rejected(box), [
    of(2, 'sale_price is "12k", expected an amount such as 23999.50'),
    of(
      3,
      'timestamp is "2026-02-30T10:30:45", expected a UTC time such as 2026-02-26T10:30:45.123456',
    ),
    of(
      4,
      'sale_date is "02/03/2026", which is ambiguous: no date of the column shows whether the day or the month is first',
    ),
    of(5, "discount_amount is 13.00, more than the sale_price of 12.00"),
    of(6, "sale_price is -12.00, expected 0 or more"),
    of(8, "event_type is payments in a file of sales"),
    of(9, "the row has no event_id and no sale_id"),
    of(10, "the row has no timestamp and no date"),
    of(11, `event_id is "${"S".repeat(60)}…", expected text of 1 to 64 characters`),
    of(12, 'sale_price is "NaN", expected an amount such as 23999.50'),
    of(13, 'timestamp is "now", expected a UTC time such as 2026-02-26T10:30:45.123456'),
  ]);
  const [{ content }] = await query<{ content: unknown }>(
    box,
    "SELECT content FROM warehouse.rejected_rows WHERE line = 2",
  ) as [{ content: unknown }];
  assert.deepEqual(content, {
    event_type: "sales",
    event_id: "S1",
    timestamp: "2026-02-26T10:30:45",
    sale_id: "S1",
    sale_date: "2026-02-26",
    sale_price: "12k",
    sale_channel: "Online",
  });
});

Deno.test("etl rejects a negative quantity, 600-character notes and impossible telemetry", async () => {
  await using box = await warehouseBox("etl-rules");
  const time = "2026-02-26T10:30:45.000000";
  const row = (type: string, id: string) => ({ event_type: type, event_id: id, timestamp: time });
  await putOurs(box, "inventory", "inventory/inventory_20260226_102345.csv", [
    { ...row("inventory", "I1"), inventory_id: "I1", vehicle_id: "V1", quantity: -1 },
    { ...row("inventory", "I2"), inventory_id: "I2", vehicle_id: "V1", quantity: 0 },
  ]);
  await putOurs(box, "interactions", "interactions/interactions_20260226_102345.csv", [
    {
      ...row("interactions", "N1"),
      interaction_id: "N1",
      customer_id: "C1",
      notes: "x".repeat(600),
    },
    {
      ...row("interactions", "N2"),
      interaction_id: "N2",
      customer_id: "C1",
      notes: "x".repeat(512),
    },
  ]);
  await putOurs(box, "telemetry", "telemetry/telemetry_20260226_102345.csv", [
    { ...row("telemetry", "T1"), telemetry_id: "T1", vehicle_id: "V1", fuel_level: 101 },
    { ...row("telemetry", "T2"), telemetry_id: "T2", vehicle_id: "V1", speed: -1 },
    { ...row("telemetry", "T3"), telemetry_id: "T3", vehicle_id: "V1", location_lat: 91 },
    { ...row("telemetry", "T4"), telemetry_id: "T4", vehicle_id: "V1", location_long: -181 },
    { ...row("telemetry", "T5"), telemetry_id: "T5", vehicle_id: "V1", speed: 0, fuel_level: 100 },
    { ...row("telemetry", "T6"), telemetry_id: "T6", speed: 350, engine_temperature: 250 },
    { ...row("telemetry", "T7"), telemetry_id: "T7", speed: 350.1 },
    { ...row("telemetry", "T8"), telemetry_id: "T8", engine_temperature: -50.5 },
  ]);
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    (await rejected(box)).map((text) => text.replace(/^(\d+) of .*?: /, "$1 ")).toSorted(),
    [
      "2 fuel_level is 101, expected 0 to 100",
      `2 notes is "${"x".repeat(60)}…", expected text of at most 512 characters`,
      "2 quantity is -1, expected 0 or more",
      "3 speed is -1, expected 0 to 350",
      "4 location_lat is 91, expected -90 to 90",
      "5 location_long is -181, expected -180 to 180",
      "8 speed is 350.1, expected 0 to 350",
      "9 engine_temperature is -50.5, expected -50 to 250",
    ],
  );
});

Deno.test("etl keeps the first of events with one id: the same again is a repeat, another content recorded", async () => {
  await using box = await warehouseBox("etl-twice");
  await putOurs(box, "sales", SALES, [
    saleRow(1),
    saleRow(1),
    saleRow(1, { final_price: 1 }),
    saleRow(1, { customer_name: "Other Name" }),
  ]);
  const other = "sales/sales_20260226_102399.csv";
  assert.equal((await etl(box)).code, 0);
  await putOurs(box, "sales", other, [saleRow(1), saleRow(1, { final_price: 2 })]);
  assert.equal((await etl(box)).code, 0);
  assert.deepEqual(await ledger(box), {
    [SALES]: "4 rows, 1 facts, 2 rejected, 1 repeats",
    [other]: "2 rows, 0 facts, 1 rejected, 1 repeats",
  });
  const reason = `the event is there already, with other content: line 2 of ${SALES}`;
  assert.deepEqual(await rejected(box), [
    `4 of ${SALES}: ${reason}`,
    `5 of ${SALES}: ${reason}`,
    `3 of ${other}: ${reason}`,
  ]);
  const facts = await query(box, "SELECT final_price FROM warehouse.fact_sales");
  assert.deepEqual(facts, [{ final_price: "23899.50" }]);
});

Deno.test("etl takes a payment before its sale, and fills in what was not known yet", async () => {
  await using box = await warehouseBox("etl-early");
  await putOurs(box, "payments", PAYMENTS, [{
    event_type: "payments",
    event_id: "PAY-1",
    timestamp: "2026-02-26T10:00:00.000000",
    payment_id: "PAY-1",
    sale_id: "SALE-00000001",
    customer_id: "CUST-1",
    payment_amount: "100.00",
    payment_status: "Paid",
  }]);
  assert.equal((await etl(box)).code, 0);
  const customers = () =>
    query(
      box,
      `SELECT customer_id, name, valid_from::text, is_current FROM warehouse.dim_customer
       WHERE customer_key > 0 ORDER BY customer_key`,
    );
  const first = { customer_id: "CUST-1", valid_from: "-infinity", is_current: true };
  assert.deepEqual(await customers(), [{ ...first, name: null }]);
  assert.deepEqual(await query(box, "SELECT sale_id FROM warehouse.payments_without_sale"), [
    { sale_id: "SALE-00000001" },
  ]);
  await putOurs(box, "sales", SALES, [saleRow(1)]);
  assert.equal((await etl(box)).code, 0);
  assert.deepEqual(await customers(), [{ ...first, name: "Ann Smith" }]);
  assert.deepEqual(
    await query(box, "SELECT sale_id, paid, outstanding, coverage FROM warehouse.payment_coverage"),
    [{ sale_id: "SALE-00000001", paid: "100.00", outstanding: "23799.50", coverage: "part paid" }],
  );
});

Deno.test("etl takes blanks around names for nothing, and for a name of its own where there is one without", async () => {
  await using box = await warehouseBox("etl-blanks");
  await put(box, SALES, " event_id ,timestamp, timestamp,a,a \nS1,2026-02-26,x,1,2\n");
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await query(box, "SELECT event_id, extra FROM warehouse.fact_sales"), [
    { event_id: "S1", extra: { " timestamp": "x", a: "1", "a ": "2" } },
  ]);
});

Deno.test("etl takes a file whose name has more behind its stamp, and moves it under this name", async () => {
  await using box = await warehouseBox("etl-names");
  const odd = "sales/sales_20260226_102345_p3 (1)+ä?#%20.csv";
  await put(box, odd, "event_id,timestamp\nS1,2026-02-26\n");
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await ledger(box), { [odd]: "1 rows, 1 facts, 0 rejected, 0 repeats" });
  assert.equal(await placeOf(box, odd), "archive");
});

Deno.test("etl gives what it does not know yet a member with the id only, and what is not named the member 0", async () => {
  await using box = await warehouseBox("etl-unknown");
  const time = "2026-02-26T10:30:45.000000";
  await putOurs(box, "interactions", "interactions/interactions_20260226_102345.csv", [
    { event_type: "interactions", event_id: "N1", timestamp: time, dealer_id: "DLR-9" },
  ]);
  assert.equal((await etl(box)).code, 0);
  assert.deepEqual(
    await query(
      box,
      `SELECT d.dealer_id, d.name, f.customer_key::int FROM warehouse.fact_interactions f
       JOIN warehouse.dim_dealer d USING (dealer_key)`,
    ),
    [{ dealer_id: "DLR-9", name: null, customer_key: 0 }],
  );
});

Deno.test("etl keeps the history of customers and vehicles; facts belong to the version of their time", async () => {
  await using box = await warehouseBox("etl-history");
  const at = (n: number, day: number, customer_name: string) =>
    saleRow(n, { customer_id: "C", customer_name, timestamp: `2026-02-${day}T00:00:00.000000` });
  await putOurs(box, "sales", SALES, [
    at(1, 10, "Ann"),
    at(2, 12, "Ann Smith"),
    at(3, 14, "Ann Smith"),
  ]);
  assert.equal((await etl(box)).code, 0);
  // A late event finds its version and rewrites no history, though the first version has no beginning.
  await putOurs(box, "sales", "sales/sales_20260226_102346.csv", [at(4, 11, "Ann Late")]);
  const visit = {
    vehicle_id: "VEH-2",
    vehicle_vin: "VIN2",
    timestamp: "2026-02-10T00:00:00.000000",
  };
  await putOurs(box, "sales", "sales/sales_20260226_102347.csv", [saleRow(5, visit)]);
  assert.equal((await etl(box)).code, 0);
  const earlier = { ...visit, vehicle_vin: "VIN0", timestamp: "2026-02-05T00:00:00.000000" };
  await putOurs(box, "sales", "sales/sales_20260226_102348.csv", [saleRow(6, earlier)]);
  await putOurs(box, "inventory", "inventory/inventory_20260226_102348.csv", [{
    event_type: "inventory",
    event_id: "INV-1",
    ...earlier,
    vehicle_make: "BMW",
  }]);
  assert.equal((await etl(box)).code, 0);
  assert.deepEqual(
    await query(box, "SELECT vin, make FROM warehouse.dim_vehicle WHERE vehicle_id = 'VEH-2'"),
    [{ vin: "VIN2", make: "BMW" }],
    "what was not known is filled in all the same",
  );
  assert.deepEqual(
    await query(
      box,
      `SELECT c.name, c.valid_from::text, c.valid_to::text, string_agg(f.sale_id, ' ' ORDER BY f.sale_id) AS sales
       FROM warehouse.dim_customer c JOIN warehouse.fact_sales f USING (customer_key)
       WHERE c.customer_id = 'C' GROUP BY c.customer_key ORDER BY c.valid_from`,
    ),
    [
      {
        name: "Ann",
        valid_from: "-infinity",
        valid_to: "2026-02-12 00:00:00",
        sales: "SALE-00000001 SALE-00000004",
      },
      {
        name: "Ann Smith",
        valid_from: "2026-02-12 00:00:00",
        valid_to: "infinity",
        sales: "SALE-00000002 SALE-00000003",
      },
    ],
  );
});

Deno.test("etl leaves a file that cannot be read where it is, records why, and goes on with the others", async () => {
  await using box = await warehouseBox("etl-unreadable");
  const bad = (n: number) => `sales/sales_20260226_10234${n}.csv`;
  await put(box, bad(1), "");
  await put(box, bad(2), "event_id,timestamp\nS1,2026-02-26,what?\n");
  await put(box, bad(3), "colour,size\nred,1\n");
  await put(
    box,
    bad(4),
    new Uint8Array([...new TextEncoder().encode("event_id,timestamp\n"), 0xff, 10]),
  );
  await put(box, bad(5), 'event_id,timestamp\n"S1,2026-02-26\n');
  await put(box, bad(6), "event_id,event_id\nS1,S2\n");
  await put(box, bad(7), "event_id,timestamp\n");
  await put(box, "sales/notes.txt", "no file of ours");
  await putOurs(box, "payments", PAYMENTS, [{
    event_type: "payments",
    event_id: "P1",
    timestamp: "2026-02-26T10:00:00.000000",
  }]);
  const first = await etl(box);
  assert.equal(first.code, 1, first.stdout);
  assert.deepEqual(await ledger(box), {
    [bad(1)]: "failed: it is empty: not even a header",
    [bad(2)]: 'failed: line 2: behind "timestamp", the last column, stands "what?"',
    [bad(3)]: "failed: its header has neither event_id nor sale_id: colour,size",
    [bad(4)]: "failed: line 2: it is not UTF-8 (save it as “CSV UTF-8”)",
    [bad(5)]: 'failed: line 2, column "event_id": a quote opens the cell, and none closes it',
    [bad(6)]: 'failed: its header has the column "event_id" twice',
    [bad(7)]: "0 rows, 0 facts, 0 rejected, 0 repeats",
    [PAYMENTS]: "1 rows, 1 facts, 0 rejected, 0 repeats",
  });
  assert.equal(first.stderr.match(/^✗ Cannot load s3:/gm)?.length, 6);
  for (const n of [1, 2, 3, 4, 5, 6]) assert.equal(await placeOf(box, bad(n)), "raw");
  assert.equal(await placeOf(box, bad(7)), "archive");
  assert.equal(await placeOf(box, "sales/notes.txt"), "raw");
  // Unchanged, it is not read again, unless it is named; written again, it is another file.
  const second = await etl(box);
  assert.deepEqual([second.code, second.stderr.match(/unchanged in \S+: (\d)/)?.[1]], [0, "6"]);
  assert.equal((await etl(box, "--key", bad(1))).code, 1);
  await put(box, bad(1), "event_id,timestamp\nS1,2026-02-26\n");
  const third = await etl(box);
  assert.match(third.stdout, /^✓ Loaded 1 sales rows/m);
  assert.equal(await placeOf(box, bad(1)), "archive");
});

Deno.test("etl finds that a file is not what its writer noted", async () => {
  await using box = await warehouseBox("etl-sha");
  await putOurs(box, "sales", SALES, [saleRow(1)]);
  const { s3, settings: { bucket: Bucket } } = box;

  const object = await s3.send(new GetObjectCommand({ Bucket, Key: SALES }));
  const text = await object.Body!.transformToString();
  await put(box, SALES, text.replace("23899.5", "13899.5"), object.Metadata);
  const { code, stderr } = await etl(box);
  assert.equal(code, 1);
  assert.match(stderr, /its content is not what its writer recorded: the SHA-256 differs/);
  assert.equal(await placeOf(box, SALES), "raw");
});
