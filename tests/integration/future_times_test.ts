import assert from "node:assert/strict";
import { catalogue, type Type, types } from "../../shared/catalogue/events.ts";
import { type Kind, timestamp } from "../../shared/catalogue/fields.ts";
import { consume, taken } from "./consume.ts";
import { publish } from "./events.ts";
import { fileName, saleRow } from "./rows.ts";
import { etl, put, putOurs, query, rejected, verify, warehouseBox } from "./warehouse.ts";

const HOUR = 3_600_000;

/** A time so many hours from now, as events have it. */
function inHours(hours: number): string {
  return `${new Date(Date.now() + hours * HOUR).toISOString().slice(0, 23)}000`;
}

/** Events of a type with each of their times in turn in the future, and one that is right. */
function eventsOf(type: Type): Record<string, string>[] {
  const { prefix, idField, fields } = catalogue[type];
  const times = Object.entries<Kind>(fields).filter(([, kind]) => kind === timestamp);
  const names = ["timestamp", ...times.map(([name]) => name)];
  const right = Object.fromEntries(names.map((name) => [name, inHours(23)]));
  const all = [right, ...names.map((name) => ({ ...right, [name]: inHours(25) }))];
  return all.map((one, n) => ({ ...one, event_id: `${prefix}-${n}`, [idField]: `${prefix}-${n}` }));
}

Deno.test("times of more than a day after the landing are rejected, for every type and both ways in", async () => {
  await using box = await warehouseBox("future");
  for (const type of types) await publish(box, type, eventsOf(type));
  await using consumer = consume(box, ["--batch-size", "50", "--timeout", "1"]);
  await taken(box, types.flatMap(eventsOf).length);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  for (const type of types) {
    const rows = eventsOf(type).map((row) => ({ ...row, event_id: `F${row.event_id}` }));
    const columns = Object.keys(rows[0]!) as (keyof (typeof rows)[0])[];
    const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
    await put(box, fileName(type, 1), `${lines.join("\n")}\n`);
  }
  const { code, stderr } = await etl(box);
  assert.equal(code, 0, stderr);
  for (const type of types) {
    const { prefix } = catalogue[type];
    const facts = await query(box, `SELECT event_id AS id FROM warehouse.fact_${type} ORDER BY 1`);
    assert.deepEqual(facts, [{ id: `F${prefix}-0` }, { id: `${prefix}-0` }], type);
  }
  const reasons = await rejected(box);
  assert.equal(reasons.length, 2 * (types.flatMap(eventsOf).length - types.length));
  for (const reason of reasons) {
    assert.match(
      reason,
      /: \w+ is [\d-]+ [\d:.]+, more than a day after the file landed \([\d-]+ [\d:]+\)$/,
    );
  }
  assert.equal((await verify(box)).code, 0);
});

Deno.test("an event of the year 9999 freezes no name, and no stock", async () => {
  await using box = await warehouseBox("future-names");
  const sale = (n: number, timestamp: string, customer_name: string, dealer_name: string) =>
    saleRow(n, { customer_id: "C", dealer_id: "D", timestamp, customer_name, dealer_name });
  await putOurs(box, "sales", fileName("sales", 1), [
    sale(1, "2026-02-01T00:00:00.000000", "Ann", "North"),
    sale(2, "9999-12-31T00:00:00.000000", "Nobody", "Nowhere"),
  ]);
  await put(
    box,
    fileName("inventory", 1),
    "inventory_id,vehicle_id,dealer_id,quantity,last_updated\nI1,V,D,7,9999-12-31\nI2,V,D,3,2026-02-02\n",
  );
  assert.equal((await etl(box)).code, 0);
  await putOurs(box, "sales", fileName("sales", 2), [
    sale(3, "2026-02-03T00:00:00.000000", "Ann Smith", "South"),
  ]);
  assert.equal((await etl(box)).code, 0);
  const [now] = await query(
    box,
    `SELECT (SELECT name FROM warehouse.dim_customer WHERE customer_id = 'C' AND is_current) AS customer,
       (SELECT name FROM warehouse.dim_dealer WHERE dealer_id = 'D') AS dealer,
       (SELECT quantity FROM warehouse.stock WHERE vehicle_id = 'V') AS stock,
       (SELECT max(date_key)::text FROM warehouse.dim_date) AS day`,
  );
  assert.deepEqual(now, { customer: "Ann Smith", dealer: "South", stock: 3, day: "2026-02-26" });
});

Deno.test("a mistyped year and files of years past do not spoil the freshness", async () => {
  await using box = await warehouseBox("freshness");
  const at = (n: number, timestamp: string) => saleRow(n, { timestamp });
  await putOurs(box, "sales", fileName("sales", 1), [
    at(1, inHours(-1)),
    at(2, inHours(-2)),
    ...[3, 4, 5].map((n) => at(n, "2025-01-01T00:00:00.000000")),
  ]);
  await putOurs(box, "payments", "payments/payments_20260226_000001.csv", [
    { event_type: "payments", event_id: "P1", timestamp: "2025-01-01T00:00:00.000000" },
  ]);
  assert.equal((await etl(box)).code, 0);
  const fresh = () =>
    query(
      box,
      `SELECT type, events::int, round(p50_seconds / 360) AS p50, history::int
       FROM warehouse.pipeline_freshness ORDER BY type`,
    );
  assert.deepEqual(await fresh(), [
    { type: "payments", events: 0, p50: null, history: 1 },
    { type: "sales", events: 2, p50: 15, history: 3 },
  ]);
  const proof = await verify(box);
  assert.match(proof.stdout, /^ *sales +2 +54\d\d\.\d s/m);
  assert.doesNotMatch(proof.stdout, /payments +\d+ +\S+ s /);
  // What was loaded long ago has no freshness, and the proof does not stumble at that.
  await query(box, "UPDATE warehouse.load_ledger SET loaded_at = loaded_at - interval '2 days'");
  const later = await verify(box);
  assert.equal(later.code, 0, later.stderr);
  assert.doesNotMatch(later.stdout, /of the last 24 h/);
  // How young the rows of an export are says nothing of the pipeline.
  await query(
    box,
    "UPDATE warehouse.load_ledger SET loaded_at = now(), key = 'erp/sales/sales_2026.csv' WHERE type = 'sales'",
  );
  assert.deepEqual((await fresh())[1], { type: "sales", events: 0, p50: null, history: 5 });
});
