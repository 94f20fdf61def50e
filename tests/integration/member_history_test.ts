import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { fileName } from "./rows.ts";
import { until } from "./wait.ts";
import { etl, ledger, loadRows, put, query, rejected, warehouseBox } from "./warehouse.ts";

/** What no compression makes shorter. */
const LONG = randomBytes(3_000).toString("base64");

Deno.test("etl takes names and e-mails that are longer than a key of an index can be", async () => {
  await using box = await warehouseBox("long-texts");
  const at = { timestamp: "2026-02-01", dealer_id: "D1" };
  await loadRows(box, "sales", 1, [
    { event_id: "S1", ...at, dealer_name: LONG, email: `${LONG.replaceAll("/", "")}@a.bc` },
    { event_id: "S2", ...at, dealer_name: LONG, email: "ann@example.org" },
  ]);
  await loadRows(box, "sales", 2, [
    { event_id: "S3", ...at, timestamp: "2026-02-02", dealer_name: "North" },
  ]);
  assert.deepEqual(await rejected(box), []);
  assert.deepEqual(Object.values(await ledger(box)), [
    "2 rows, 2 facts, 0 rejected, 0 repeats",
    "1 rows, 1 facts, 0 rejected, 0 repeats",
  ]);
  const values = await query(
    box,
    `SELECT d.name, f.value = $1 AS former, (SELECT extra ? 'email' FROM warehouse.fact_sales WHERE event_id = 'S1')
     FROM warehouse.dim_dealer d JOIN warehouse.former_values f ON f.key = d.dealer_key`,
    [LONG],
  );
  assert.deepEqual(values, [{ name: "North", former: true, "?column?": true }]);
});

Deno.test("etl gives a row a member of its own whose VIN turns out to be shared by others of its file", async () => {
  await using box = await warehouseBox("shared-in-a-file");
  const at = { timestamp: "2026-02-26" };
  await loadRows(box, "telemetry", 1, [
    { event_id: "T1", ...at, vehicle_id: "V1", vehicle_vin: "VIN1234" },
    { event_id: "T2", ...at, vehicle_vin: "VIN1234" },
    { event_id: "T3", ...at, vehicle_id: "V2", vehicle_vin: "VIN1234" },
  ]);
  assert.deepEqual(
    await query(
      box,
      "SELECT event_id, member FROM warehouse.fact_telemetry JOIN warehouse.dim_vehicle USING (vehicle_key) ORDER BY 1",
    ),
    [
      { event_id: "T1", member: "V1" },
      { event_id: "T2", member: "vin:VIN1234" },
      { event_id: "T3", member: "V2" },
    ],
  );
});

Deno.test("etl moves facts to a version of their time that begins after they were loaded", async () => {
  await using box = await warehouseBox("late-version");
  const told = (day: string, name = "") => ({
    timestamp: `2026-02-${day}`,
    customer_id: "C1",
    customer_name: name,
  });
  await loadRows(box, "sales", 1, [{ event_id: "S1", ...told("01", "Ann") }]);
  await loadRows(box, "payments", 1, [{ event_id: "P1", ...told("20") }]);
  await loadRows(box, "interactions", 1, [{ event_id: "I1", ...told("05") }]);
  await loadRows(box, "sales", 2, [{ event_id: "S2", ...told("10", "Ann Smith") }]);
  assert.deepEqual(
    await query(
      box,
      `SELECT f.event_id, c.name, f.event_time >= c.valid_from AND f.event_time < c.valid_to AS "ofItsTime"
       FROM (
         SELECT event_id, event_time, customer_key FROM warehouse.fact_sales
         UNION ALL SELECT event_id, event_time, customer_key FROM warehouse.fact_payments
         UNION ALL SELECT event_id, event_time, customer_key FROM warehouse.fact_interactions
       ) f JOIN warehouse.dim_customer c USING (customer_key) ORDER BY f.event_time`,
    ),
    [
      { event_id: "S1", name: "Ann", ofItsTime: true },
      { event_id: "I1", name: "Ann", ofItsTime: true },
      { event_id: "S2", name: "Ann Smith", ofItsTime: true },
      { event_id: "P1", name: "Ann Smith", ofItsTime: true },
    ],
  );
});

Deno.test("of two rows of master data with the same date the one whose file landed later holds, whichever is loaded first", async () => {
  await using box = await warehouseBox("same-date");
  const { s3, settings: { bucket: Bucket } } = box;
  const body = (city: string) => `customer_id,city,updated_at\nC1,${city},2026-01-10\n`;
  const landedAt = async (Key: string) =>
    Number((await s3.send(new HeadObjectCommand({ Bucket, Key }))).LastModified);
  const [first, second] = [fileName("customers", 1), fileName("customers", 2)];
  await put(box, first, body("Durban"));
  await until("the clock of S3 has gone on", async () => {
    await put(box, second, body("Cape Town"));
    return await landedAt(second) > await landedAt(first);
  });
  for (const key of [second, first]) assert.equal((await etl(box, "--key", key)).code, 0);
  assert.deepEqual(
    await query(box, "SELECT city FROM warehouse.dim_customer WHERE customer_id = 'C1'"),
    [{ city: "Cape Town" }],
  );
});
