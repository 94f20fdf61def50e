import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import {
  etl,
  ledger,
  placeOf,
  put,
  query,
  rejected,
  verify,
  type WarehouseBox,
  warehouseBox,
} from "./warehouse.ts";
import { workbook } from "./xlsx.ts";

const HEAD = ["payment_id", "sale_id", "payment_date", "payment_amount", "created_at"];
const ROWS = [
  ["P1", "S1", "2026-02-26 00:00:00", "1200.50", "2026-02-27 00:00:00"],
  ["P2", "S2", "2026-02-25 00:00:00", "7", "2026-02-27 00:00:00"],
];
const OBJECTS = ROWS.map((row) => Object.fromEntries(row.map((cell, at) => [HEAD[at]!, cell])));
/** The same rows as Excel has them: days since the end of 1899, and numbers. */
const SHEET = [
  HEAD,
  ["P1", "S1", "2026-02-26 00:00:00", 1200.5, { serial: 46080 }],
  ["P2", "S2", { serial: 46078 }, 7, { serial: 46080 }],
];
const csv = (delimiter: string) => [HEAD, ...ROWS].map((row) => row.join(delimiter)).join("\n");

const payments = (box: WarehouseBox) =>
  query(
    box,
    `SELECT event_id AS id, payment_date::text AS date, payment_amount::float8 AS amount, extra
     FROM warehouse.fact_payments ORDER BY event_id`,
  );
const LOADED = [
  {
    id: "P1",
    date: "2026-02-26 00:00:00",
    amount: 1200.5,
    extra: { created_at: "2026-02-27 00:00:00" },
  },
  {
    id: "P2",
    date: "2026-02-25 00:00:00",
    amount: 7,
    extra: { created_at: "2026-02-27 00:00:00" },
  },
];

Deno.test("the same rows in every format are facts once, and repeats each further time", async () => {
  await using box = await warehouseBox("batch-formats");
  const files: Record<string, string | Uint8Array> = {
    "finance/payments/payments_2026/payments_2026.csv": csv(","),
    "finance/payments/payments_2026/payments_2026.tsv": csv("\t"),
    "payments/payments_1.csv": csv(";").replace("1200.50", "1200,50"),
    "payments/payments_2.csv": csv("|"),
    "payments/payments_3.csv": `\ufeffsep=^\r\n${csv("^").replaceAll("\n", "\r\n")}`,
    "payments/payments_4.CSV.GZ": gzipSync(csv(",")),
    "payments/payments_5.json": JSON.stringify(OBJECTS, null, 2),
    "payments/payments_6.jsonl": OBJECTS.map((row) => `${JSON.stringify(row)}\n`).join(""),
    "payments/payments_7.json": JSON.stringify({ rows: 2, of: ["a"], data: OBJECTS, more: {} }),
    "payments/payments_8.json.gz": gzipSync(JSON.stringify(OBJECTS)),
    "payments/payments_9.xlsx": workbook({ Sheet: SHEET }),
    "payments/payments_10.xlsx": workbook({ Notes: [["nothing"]], Payments: [[], ...SHEET] }),
    "payments/payments_11.xlsx.gz": gzipSync(workbook({ payments: SHEET })),
    "payments/payments_12.xlsx": workbook({
      old: [
        HEAD,
        ["P1", "S1", { serial: 46079 - 1462 }, 1200.5, { serial: 46080 - 1462 }],
        SHEET[2]!,
      ],
    }, { is1904: true }),
  };
  // The last one's second row counts its days from 1900 in a workbook of 1904: another time.
  const [first, ...others] = Object.keys(files);
  await put(box, first!, files[first!]!);
  assert.equal((await etl(box)).code, 0);
  for (const key of others) await put(box, key, files[key]!);
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  for (const key of Object.keys(files)) assert.equal(await placeOf(box, key), "archive", key);
  const said = await ledger(box);
  const last = others.pop()!;
  assert.equal(said[first!], "2 rows, 2 facts, 0 rejected, 0 repeats");
  for (const key of others) assert.equal(said[key], "2 rows, 0 facts, 0 rejected, 2 repeats", key);
  assert.equal(said[last], "2 rows, 0 facts, 1 rejected, 1 repeats");
  assert.deepEqual(await payments(box), LOADED);
  const sources = await query<{ key: string; source: unknown }>(
    box,
    "SELECT key, source FROM warehouse.load_ledger",
  );
  const source = Object.fromEntries(sources.map(({ key, source }) => [key, source]));
  const time_zone = "UTC";
  assert.deepEqual(source[first!], { format: "csv", delimiter: ",", time_zone });
  assert.deepEqual(source["payments/payments_11.xlsx.gz"], {
    format: "xlsx",
    gzip: true,
    sheet: "payments",
    time_zone,
  });
  assert.deepEqual(source["payments/payments_8.json.gz"], {
    format: "json",
    gzip: true,
    time_zone,
  });
});

Deno.test("columns under other names fill the fields that are empty, and the ledger tells which", async () => {
  await using box = await warehouseBox("batch-names");
  await put(
    box,
    "payments/payments_1.csv",
    "Transaction ID,SaleId,transaction-date,Amount,STATUS\n" +
      "P1,S1,2026-02-26,5,Paid\n",
  );
  await put(
    box,
    "payments/payments_2.csv",
    "payment_id,payment_amount,amount,payment_date\nP2,1,2,2026-02-26\nP3,,2,2026-02-26\n",
  );
  await put(
    box,
    "procurement/procurement_1.json",
    JSON.stringify([
      {
        po_id: "O1",
        vendor_id: "V1",
        po_date: "2026-02-26",
        cost: 9.5,
        status: "Ordered",
        item: "Pads",
      },
    ]),
  );
  await put(
    box,
    "interactions/interactions_1.json",
    JSON.stringify([
      { interaction_id: "I1", type: "Phone", timestamp: "2026-02-26T10:30:45Z", subject: "a" },
    ]),
  );
  const reading = { timestamp: "2026-02-26T10:30:45Z" };
  await put(
    box,
    "telemetry/telemetry_1.jsonl",
    [
      {
        ...reading,
        telemetry_id: "T1",
        sensor_type: "Fuel Level",
        sensor_value: 40,
        location: "-26.2, 28.5",
      },
      {
        ...reading,
        device_id: "T2",
        reading_type: "speed",
        reading_value: 88,
        location: { lat: 1, lng: 2 },
      },
      { ...reading, telemetry_id: "T3", sensor_type: "tyre", sensor_value: 2, location: "Durban" },
      { ...reading, telemetry_id: "T4", sensor_type: "speed", sensor_value: "fast" },
    ].map((row) => JSON.stringify(row)).join("\n"),
  );
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id AS id, sale_id, payment_date::text AS date, payment_amount::float8 AS amount,
         payment_status AS status, extra FROM warehouse.fact_payments ORDER BY event_id`,
    ),
    [
      {
        id: "P1",
        sale_id: "S1",
        date: "2026-02-26 00:00:00",
        amount: 5,
        status: "Paid",
        extra: null,
      },
      {
        id: "P2",
        sale_id: null,
        date: "2026-02-26 00:00:00",
        amount: 1,
        status: null,
        extra: { amount: "2" },
      },
      {
        id: "P3",
        sale_id: null,
        date: "2026-02-26 00:00:00",
        amount: 2,
        status: null,
        extra: null,
      },
    ],
  );
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id AS id, supplier_id, cost_price::float8 AS cost, procurement_status AS status, extra
       FROM warehouse.fact_procurement JOIN warehouse.dim_supplier USING (supplier_key)`,
    ),
    [{ id: "O1", supplier_id: "V1", cost: 9.5, status: "Ordered", extra: { item: "Pads" } }],
  );
  assert.deepEqual(
    await query(
      box,
      `SELECT interaction_type AS type, interaction_date = event_time AS same, notes
       FROM warehouse.fact_interactions`,
    ),
    [{ type: "Phone", same: true, notes: "a" }],
  );
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id AS id, speed, fuel_level AS fuel, location_lat AS lat, location_long AS long, extra
       FROM warehouse.fact_telemetry ORDER BY event_id`,
    ),
    [
      { id: "T1", speed: null, fuel: 40, lat: -26.2, long: 28.5, extra: null },
      { id: "T2", speed: 88, fuel: null, lat: 1, long: 2, extra: null },
      {
        id: "T3",
        speed: null,
        fuel: null,
        lat: null,
        long: null,
        extra: { sensor_type: "tyre", sensor_value: "2", location: "Durban" },
      },
    ],
  );
  assert.deepEqual(await rejected(box), [
    '4 of telemetry/telemetry_1.jsonl: speed is "fast", expected a number',
  ]);
  const [{ source }] = await query<{ source: { columns: unknown } }>(
    box,
    "SELECT source FROM warehouse.load_ledger WHERE key = 'payments/payments_1.csv'",
  ) as [{ source: { columns: unknown } }];
  assert.deepEqual(source.columns, {
    "Transaction ID": "payment_id",
    SaleId: "sale_id",
    "transaction-date": "payment_date",
    Amount: "payment_amount",
    STATUS: "payment_status",
  });
});

Deno.test("dates and numbers are taken where the file leaves no doubt, and refused by row where it does", async () => {
  await using box = await warehouseBox("batch-dates", { SOURCE_TIME_ZONE: "Europe/Berlin" });
  const file = (...rows: string[]) =>
    `sale_id;timestamp;sale_date;sale_price\n${rows.join("\n")}\n`;
  await put(
    box,
    "sales/sales_1.csv",
    file(
      "A1;2026-01-15 12:00:00;26/01/2026;1,5",
      "A2;1740563445;05/02/2025;2",
      "A3;1740563445123;2025-02-26 00:00:00;3",
      "A4;2026-01-15T12:00:00+02:00;31/02/2025;4",
      "A5;2025-03-30 02:30:00;2025-03-30;5",
      "A6;2025-10-26 02:30:00;2025-10-26;6",
      "A7;2025-07-01 12:00:00;;1.234,5",
    ),
  );
  await put(box, "sales/sales_2.csv", file("B1;2026-01-15;05/01/2026;1"));
  await put(
    box,
    "sales/sales_3.csv",
    file("C1;2026-01-15;26/01/2026;1,5", "C2;2026-01-15;01/26/2026;1.5"),
  );
  await put(box, "sales/sales_4.csv", 'sale_id,timestamp,sale_price\nD1,2026-01-15,"1,5"\n');
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id AS id, event_time::text AS time, sale_date::text AS date, sale_price::float8 AS price
       FROM warehouse.fact_sales ORDER BY event_id`,
    ),
    [
      { id: "A1", time: "2026-01-15 11:00:00", date: "2026-01-26 00:00:00", price: 1.5 },
      { id: "A2", time: "2025-02-26 09:50:45", date: "2025-02-05 00:00:00", price: 2 },
      { id: "A3", time: "2025-02-26 09:50:45.123", date: "2025-02-26 00:00:00", price: 3 },
    ],
  );
  assert.deepEqual((await rejected(box)).toSorted(), [
    '2 of sales/sales_2.csv: sale_date is "05/01/2026", which is ambiguous: no date of the column shows whether the day or the month is first',
    '2 of sales/sales_3.csv: sale_date is "26/01/2026", and other dates of the column have day and month the other way round',
    '2 of sales/sales_4.csv: sale_price is "1,5", expected an amount such as 23999.50',
    '3 of sales/sales_3.csv: sale_date is "01/26/2026", and other dates of the column have day and month the other way round',
    '5 of sales/sales_1.csv: sale_date is "31/02/2025", expected a UTC time such as 2026-02-26T10:30:45.123456',
    '6 of sales/sales_1.csv: timestamp is "2025-03-30 02:30:00", which does not exist in Europe/Berlin: clocks go forward then',
    '7 of sales/sales_1.csv: timestamp is "2025-10-26 02:30:00", which is ambiguous in Europe/Berlin: clocks go back then (write it with its zone)',
    '8 of sales/sales_1.csv: sale_price is "1.234,5", expected an amount such as 23999.50',
  ]);
  const [{ source }] = await query<{ source: unknown }>(
    box,
    "SELECT source FROM warehouse.load_ledger WHERE key = 'sales/sales_1.csv'",
  ) as [{ source: unknown }];
  assert.deepEqual(source, {
    format: "csv",
    delimiter: ";",
    time_zone: "Europe/Berlin",
    dates: { sale_date: "day first" },
  });
});

Deno.test("a file that is not what its name says is refused with the place; none holds up another", async () => {
  await using box = await warehouseBox("batch-broken");
  const files: Record<string, string | Uint8Array> = {
    "sales/sales_1.csv": 'sale_id;sale_date\nS1;"2026-01-01',
    "sales/sales_2.json": '[{"sale_id": "S1"}, {"sale_id": NaN}]',
    "sales/sales_3.json": '[{"sale_id": "S1"}',
    "sales/sales_4.json": '[{"a": 1}, {"b": 2}]',
    "sales/sales_5.json": '{"a": [{"sale_id": "S1"}], "b": [{"sale_id": "S2"}]}',
    "sales/sales_6.json": "[1]",
    "sales/sales_7.json": "",
    "sales/sales_8.xlsx": "no zip",
    "sales/sales_9.xlsx": workbook({ sales: [["a", "b"]] }),
    "sales/sales_10.csv.gz": gzipSync(csv(",")).subarray(0, 40),
    "sales/sales_11.csv.gz": gzipSync(`sale_id,n\n${`S1,${"a".repeat(1_000_000)}\n`.repeat(80)}`),
    "sales/sales_12.json": `[{"sale_id": ${"[".repeat(200)}`,
    "sales/sales_13.xlsx": workbook({ sales: [["sale_id"], ["S1", "x"]] }),
    "sales/sales_14.csv": "sale_id,timestamp\nGOOD,2026-02-26\n",
    "sales/sales_15.json":
      '[{"sale_id": "OK", "timestamp": "2026-02-26", "n": "a\\u0000"}, {"sale_id": "TWICE", "sale_id": "T"}]',
  };
  for (const [key, body] of Object.entries(files)) await put(box, key, body);
  await put(box, "erp/readme\n.txt", "x");
  await put(box, "boats/boats_2026.csv", "x");
  const { code, stderr } = await etl(box);
  assert.equal(code, 1);
  const others =
    "2 objects in s3://BUCKET passed over: 1 whose name does not start with a known type (boats/boats_2026.csv); " +
    "1 with none of the endings csv, tsv, json, jsonl, ndjson, xlsx (erp/readme\\u000a.txt)";
  const line = others.replace("BUCKET", box.settings.bucket);
  assert.ok(stderr.includes(line), stderr);
  assert.deepEqual(Object.values(await ledger(box)).length, 15);
  const said = await ledger(box);
  const reasons = Object.keys(files).map((key) => said[key]!);
  assert.deepEqual(reasons.slice(0, 7), [
    'failed: line 2, column "sale_date": a quote opens the cell, and none closes it',
    'failed: row 2: it is not JSON: "N" at byte 32 (NaN and Infinity are not JSON: write null)',
    "failed: it ends within row 1 or behind it: it is cut off",
    "failed: none of its 2 rows has event_id or sale_id",
    'failed: it has two arrays of objects, "a" and "b": which are the rows?',
    "failed: it is 1, not an object",
    "failed: it is empty",
  ]);
  assert.match(reasons[7]!, /^failed: it is not a readable XLSX file: /);
  assert.equal(reasons[8], "failed: its header has neither event_id nor sale_id: a,b");
  assert.match(reasons[9]!, /^failed: its gzip is damaged: /);
  assert.equal(reasons[10], "failed: it unpacks to more than 200 times its size");
  assert.equal(reasons[11], "failed: row 1: it is nested deeper than 100 levels");
  assert.equal(reasons[12], 'failed: row 2: behind "sale_id", the last column, stands "x"');
  assert.equal(reasons[13], "1 rows, 1 facts, 0 rejected, 0 repeats");
  assert.equal(reasons[14], "2 rows, 0 facts, 2 rejected, 0 repeats");
  assert.deepEqual(await rejected(box), [
    '1 of sales/sales_15.json: n is "a\\u0000", expected text',
    '2 of sales/sales_15.json: it has the field "sale_id" twice',
  ]);
  const list = await etl(box, "--list");
  assert.equal(list.stdout, "");
  assert.ok(list.stderr.includes(line), list.stderr);
  const sla = await etl(box, "--sla", "900");
  assert.ok(sla.stderr.includes(line), sla.stderr);
  const proof = await verify(box);
  assert.ok(proof.stdout.includes(line), proof.stdout + proof.stderr);
});

Deno.test("a file whose name would move a terminal's cursor is listed, loaded and archived by its name", async () => {
  await using box = await warehouseBox("batch-keys");
  const key = "erp/sales\t/sales_2026\n.csv";
  await put(box, key, "sale_id,timestamp\nS1,2026-02-26\n");
  const { stdout } = await etl(box, "--list");
  assert.equal(stdout, "erp/sales\\u0009/sales_2026\\u000a.csv\n");
  const { code, stdout: said } = await etl(box, "--key", stdout.trim());
  assert.equal(code, 0);
  assert.match(said, /sales_2026\\u000a\.csv: 1 facts$/m);
  assert.equal(await placeOf(box, key), "archive");
});
