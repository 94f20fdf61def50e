import assert from "node:assert/strict";
import { fileName, saleRow } from "./rows.ts";
import { etl, loadRows, putOurs, query, type WarehouseBox, warehouseBox } from "./warehouse.ts";

const TIME = "2026-02-26T10:00:00.000000";

async function vehicles(box: WarehouseBox): Promise<string[]> {
  const rows = await query<{ text: string }>(
    box,
    `SELECT concat_ws(' ', coalesce(vehicle_id, '-'), coalesce(vin, '-'), coalesce(make, '-'), coalesce(model, '-')) AS text
     FROM warehouse.dim_vehicle WHERE vehicle_key > 0 ORDER BY 1`,
  );
  return rows.map(({ text }) => text);
}

async function customers(box: WarehouseBox): Promise<string[]> {
  const rows = await query<{ text: string }>(
    box,
    `SELECT concat_ws(' ', coalesce(customer_id, '-'), coalesce(email, '-'), coalesce(name, '-')) AS text
     FROM warehouse.dim_customer WHERE customer_key > 0 ORDER BY 1`,
  );
  return rows.map(({ text }) => text);
}

Deno.test("etl knows a vehicle by its VIN where no id is told: member, views, and the id that comes later", async () => {
  await using box = await warehouseBox("vin-only");
  await loadRows(box, "inventory", 1, [
    {
      event_id: "I1",
      timestamp: TIME,
      vehicle_vin: "VIN12345",
      vehicle_make: "BMW",
      vehicle_model: "X3",
      dealer_id: "D1",
      quantity: 2,
      stock_status: "In Stock",
    },
    { event_id: "I2", timestamp: TIME, vehicle_vin: " vin123 45", dealer_id: "D2", quantity: 1 },
  ]);
  await loadRows(box, "telemetry", 1, [
    { event_id: "T1", timestamp: TIME, vehicle_vin: "VIN12345", speed: 50 },
    { event_id: "T2", timestamp: TIME, vehicle_vin: "VIN99999", speed: 60 },
  ]);
  assert.deepEqual(await vehicles(box), ["- VIN12345 BMW X3", "- VIN99999 - -"]);
  assert.deepEqual(
    await query(box, "SELECT event_id, extra FROM warehouse.fact_inventory ORDER BY 1"),
    [{ event_id: "I1", extra: null }, { event_id: "I2", extra: { vehicle_vin: " vin123 45" } }],
  );
  const views = () =>
    query(
      box,
      `SELECT 'stock' AS view, vehicle_id, vin, model FROM warehouse.stock WHERE dealer_id = 'D1'
       UNION ALL SELECT 'days_in_stock', vehicle_id, vin, model FROM warehouse.days_in_stock
       UNION ALL SELECT 'telemetry_health', vehicle_id, vin, model FROM warehouse.telemetry_health
         WHERE speed = 50 ORDER BY 1`,
    );
  const of = (vehicle_id: string | null) =>
    ["days_in_stock", "stock", "telemetry_health"]
      .map((view) => ({ view, vehicle_id, vin: "VIN12345", model: "X3" }));
  assert.deepEqual(await views(), of(null));
  // An event that has both ties them; so does one that came before, the other way round.
  await putOurs(box, "sales", fileName("sales", 1), [
    saleRow(1, { vehicle_id: "VEH-1", vehicle_vin: "VIN12345" }),
    saleRow(2, { vehicle_id: "VEH-2", vehicle_vin: "VIN22222" }),
  ]);
  await loadRows(box, "telemetry", 2, [
    { event_id: "T3", timestamp: TIME, vehicle_vin: "vin22222", speed: 70 },
    { event_id: "T4", timestamp: TIME, vehicle_vin: "VIN12345", speed: 80 },
  ]);
  assert.deepEqual(await vehicles(box), [
    "- VIN99999 - -",
    "VEH-1 VIN12345 BMW X3",
    "VEH-2 VIN22222 - -",
  ]);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id, v.vehicle_id FROM warehouse.fact_telemetry JOIN warehouse.dim_vehicle v USING (vehicle_key)
       ORDER BY 1`,
    ),
    [["T1", "VEH-1"], ["T2", null], ["T3", "VEH-2"], ["T4", "VEH-1"]]
      .map(([event_id, vehicle_id]) => ({ event_id, vehicle_id })),
  );
});

Deno.test("etl makes one vehicle of two when an event ties the VIN of one to the id of the other, and loses nothing told of either", async () => {
  await using box = await warehouseBox("vin-merge");
  await loadRows(box, "inventory", 1, [
    {
      event_id: "I1",
      timestamp: TIME,
      vehicle_vin: "VIN12345",
      vehicle_make: "BMW",
      dealer_id: "D1",
    },
    { event_id: "I2", timestamp: TIME, vehicle_id: "VEH-1", vehicle_make: "Audi", dealer_id: "D1" },
    {
      event_id: "I3",
      timestamp: TIME,
      vehicle_vin: "VIN12345",
      vehicle_model: "X3",
      dealer_id: "D1",
    },
  ]);
  assert.deepEqual(await vehicles(box), ["- VIN12345 BMW X3", "VEH-1 - Audi -"]);
  const later = "2026-02-27T10:00:00.000000";
  await loadRows(box, "telemetry", 1, [
    { event_id: "T1", timestamp: TIME, vehicle_vin: "VIN12345" },
    { event_id: "T2", timestamp: later, vehicle_id: "VEH-1", vehicle_vin: "VIN12345" },
  ]);
  assert.deepEqual(
    await query(
      box,
      `SELECT vehicle_id, vin, model, (SELECT count(*)::int FROM warehouse.fact_inventory f WHERE f.vehicle_key = v.vehicle_key)
         + (SELECT count(*)::int FROM warehouse.fact_telemetry f WHERE f.vehicle_key = v.vehicle_key) AS facts
       FROM warehouse.dim_vehicle v WHERE vehicle_key > 0`,
    ),
    [{ vehicle_id: "VEH-1", vin: "VIN12345", model: "X3", facts: 5 }],
  );
  assert.deepEqual(
    await query(
      box,
      `SELECT make AS value FROM warehouse.dim_vehicle WHERE make IS NOT NULL
       UNION SELECT value FROM warehouse.former_values ORDER BY 1`,
    ),
    [{ value: "Audi" }, { value: "BMW" }],
  );
});

Deno.test("etl merges no vehicles that share a VIN, and no customers that share an e-mail or have none that is one", async () => {
  await using box = await warehouseBox("shared-keys");
  await putOurs(box, "sales", fileName("sales", 1), [
    saleRow(1, {
      customer_id: "C1",
      email: "both@example.org",
      vehicle_id: "V1",
      vehicle_vin: "VIN1",
    }),
    saleRow(2, {
      customer_id: "C2",
      email: "Both@example.org",
      vehicle_id: "V2",
      vehicle_vin: "VIN1",
    }),
    saleRow(3, { customer_id: "C3", email: "not-an-email", vehicle_id: "V3", vehicle_vin: "N/A" }),
  ]);
  // Files of one pass are loaded side by side.
  assert.equal((await etl(box)).code, 0);
  await loadRows(box, "sales", 2, [
    { event_id: "S4", timestamp: TIME, email: "both@example.org", vehicle_vin: "VIN1" },
    { event_id: "S5", timestamp: TIME, email: "not-an-email", vehicle_vin: "N/A" },
    { event_id: "S6", timestamp: TIME, email: "only@example.org", customer_name: "Only" },
    { event_id: "S7", timestamp: TIME, email: " ONLY@example.org ", customer_name: "Only" },
  ]);
  assert.deepEqual(await customers(box), [
    "- both@example.org -",
    "- only@example.org Only",
    "C1 both@example.org Ann Smith",
    "C2 Both@example.org Ann Smith",
    "C3 - Ann Smith",
  ]);
  assert.deepEqual(await vehicles(box), ["- VIN1 - -", "V1 VIN1 - -", "V2 VIN1 - -", "V3 - - -"]);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id, c.member, v.member AS vehicle, extra FROM warehouse.fact_sales f
       JOIN warehouse.dim_customer c USING (customer_key) JOIN warehouse.dim_vehicle v USING (vehicle_key)
       WHERE event_id LIKE 'S_' ORDER BY 1`,
    ),
    [
      { event_id: "S4", member: "email:both@example.org", vehicle: "vin:VIN1", extra: null },
      {
        event_id: "S5",
        member: "",
        vehicle: "",
        extra: { email: "not-an-email", vehicle_vin: "N/A" },
      },
      { event_id: "S6", member: "email:only@example.org", vehicle: "", extra: null },
      {
        event_id: "S7",
        member: "email:only@example.org",
        vehicle: "",
        extra: { email: " ONLY@example.org " },
      },
    ],
  );
  await loadRows(box, "sales", 3, [
    { event_id: "S8", timestamp: TIME, customer_id: "C4", email: "only@example.org" },
  ]);
  assert.deepEqual(
    await query(
      box,
      `SELECT customer_id, count(*)::int AS sales FROM warehouse.fact_sales JOIN warehouse.dim_customer USING (customer_key)
       WHERE event_id IN ('S6', 'S7', 'S8') GROUP BY customer_id`,
    ),
    [{ customer_id: "C4", sales: 3 }],
  );
});

Deno.test("etl keeps the names of dealers and suppliers without an id with the fact, and former names of those that have one", async () => {
  await using box = await warehouseBox("names");
  await loadRows(box, "procurement", 1, [
    { event_id: "P1", timestamp: TIME, supplier_name: "Parts & Co" },
    { event_id: "P2", timestamp: TIME, supplier_id: "S1", supplier_name: "Old Ltd" },
    { event_id: "P3", timestamp: "2026-02-27", supplier_id: "S1", supplier_name: "New Ltd" },
    { event_id: "P4", timestamp: "2026-02-25", supplier_id: "S1", supplier_name: "First Ltd" },
  ]);
  await loadRows(box, "procurement", 2, [
    { event_id: "P5", timestamp: "2026-02-28", supplier_id: "S1", supplier_name: "Newest Ltd" },
  ]);
  assert.deepEqual(
    await query(box, "SELECT event_id, extra FROM warehouse.fact_procurement ORDER BY 1"),
    [
      { event_id: "P1", extra: { supplier_name: "Parts & Co" } },
      { event_id: "P2", extra: { supplier_name: "Old Ltd" } },
      { event_id: "P3", extra: null },
      { event_id: "P4", extra: { supplier_name: "First Ltd" } },
      { event_id: "P5", extra: null },
    ],
  );
  assert.deepEqual(
    await query(box, "SELECT value FROM warehouse.former_values ORDER BY 1"),
    [{ value: "First Ltd" }, { value: "New Ltd" }, { value: "Old Ltd" }],
  );
});

Deno.test("etl: loaders that meet the same VIN with and without its id make one vehicle, and lose no fact", async () => {
  await using box = await warehouseBox("vin-race");
  const N = 24;
  for (let n = 0; n < N; n++) {
    const rows = Array.from({ length: 20 }, (_, i) => ({
      event_type: "telemetry",
      event_id: `T${n}-${i}`,
      timestamp: `2026-02-${10 + n % 10}T00:00:${10 + i}.000000`,
      vehicle_vin: `VIN1000${i}`,
      ...n % 3 === 2 ? { vehicle_id: `VEH-${i}` } : {},
      speed: i,
    }));
    await putOurs(box, "telemetry", fileName("telemetry", n), n % 2 ? rows.reverse() : rows);
  }
  const ended = await Promise.all([etl(box), etl(box)]);
  for (const { code, stderr } of ended) assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(
    await query(
      box,
      `SELECT count(*)::int AS facts, count(DISTINCT v.vehicle_id)::int AS vehicles,
         (SELECT count(*)::int FROM warehouse.dim_vehicle WHERE vehicle_key > 0) AS versions
       FROM warehouse.fact_telemetry JOIN warehouse.dim_vehicle v USING (vehicle_key)`,
    ),
    [{ facts: N * 20, vehicles: 20, versions: 20 }],
  );
});

/** The schema as version 4 had it, with what its loader would have put there. */
const OLD = `
  SELECT warehouse.observe_customer('C1', 'Ann', 'ann@example.org', '2026-02-01');
  SELECT warehouse.observe_customer('C1', 'Ann Smith', null, '2026-02-10');
  SELECT warehouse.observe_customer('C2', 'Bob', 'both@example.org', '2026-02-01');
  SELECT warehouse.observe_customer('C3', 'Cat', 'both@example.org', '2026-02-01');
  SELECT warehouse.observe_vehicle('V1', 'vin 12345', 'BMW', 'X3', '2026-02-01');
  SELECT warehouse.observe_dealer('D1', 'North', '2026-02-01');
  INSERT INTO warehouse.load_ledger (bucket, key, etag, type, status, rows, facts)
    VALUES ('b', 'inventory/old.csv', 'e', 'inventory', 'loaded', 1, 1);
  INSERT INTO warehouse.dim_date (date_key) VALUES ('2026-02-01');
  INSERT INTO warehouse.fact_inventory
    (event_id, event_time, load_id, content, date_key, line, vehicle_key, dealer_key, quantity, stock_status)
    SELECT 'I-OLD', '2026-02-01', load_id, 1, '2026-02-01', 2, vehicle_key, dealer_key, 5, 'In Stock'
    FROM warehouse.load_ledger, warehouse.dim_vehicle, warehouse.dim_dealer
    WHERE vehicle_id = 'V1' AND dealer_id = 'D1'`;

Deno.test("etl brings a warehouse of version 4 over: its members are known by VIN and e-mail, its facts and views stay", async () => {
  await using box = await warehouseBox("members-old");
  for (
    const script of ["schema", "migrations/0002_analytics", "migrations/0003_topic_ids"]
      .concat("migrations/0004_freshness")
  ) {
    await box.client.query(await Deno.readTextFile(`warehouse/sql/${script}.sql`));
  }
  await box.client.query("INSERT INTO warehouse.schema_version SELECT generate_series(1, 4)");
  await box.client.query(OLD);
  const stock = () =>
    query(box, "SELECT dealer, vehicle_id, make, model, quantity FROM warehouse.stock");
  const before = await stock();
  assert.equal((await etl(box)).code, 0);
  assert.deepEqual(await stock(), before);
  assert.deepEqual(await vehicles(box), ["V1 VIN12345 BMW X3"]);
  await loadRows(box, "sales", 1, [
    { event_id: "S1", timestamp: "2026-02-05", email: "ANN@example.org", vehicle_vin: "VIN12345" },
    { event_id: "S2", timestamp: "2026-02-20", email: "both@example.org" },
  ]);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id, c.member, c.name, v.vehicle_id FROM warehouse.fact_sales
       JOIN warehouse.dim_customer c USING (customer_key) JOIN warehouse.dim_vehicle v USING (vehicle_key) ORDER BY 1`,
    ),
    [
      { event_id: "S1", member: "C1", name: "Ann", vehicle_id: "V1" },
      { event_id: "S2", member: "email:both@example.org", name: null, vehicle_id: "" },
    ],
  );
});
