import assert from "node:assert/strict";
import { type Type, types } from "../../shared/catalogue/events.ts";
import { dimensionsOf } from "../../warehouse/sql/dimensions.ts";
import { refusals } from "../downstream_rules.ts";
import { consume, taken } from "./consume.ts";
import { publish } from "./events.ts";
import { landedFiles } from "./landed.ts";
import { etl, query, rejected, verify, type WarehouseBox, warehouseBox } from "./warehouse.ts";

type Fields = Record<string, unknown>;

const timestamp = "2026-02-26T10:30:45.123456";

/** What producers of other systems send: names, words and fields of their own. */
const sent: Partial<Record<Type, Fields[]>> = {
  sales: [
    {
      sale_id: "SALE-1",
      timestamp,
      vehicle_id: "VEH-1",
      vehicle_vin: "VIN4000000037",
      customer_id: "CUST-1",
      sale_price: 412000.5,
      final_price: 400000,
      sale_channel: "Fleet",
      sale_status: "Completed",
    },
    {
      sale_id: "SALE-2",
      timestamp,
      vehicle_vin: "VIN40000",
      sale_channel: "Private",
    },
  ],
  payments: [
    { payment_id: "PAY-1", sale_id: "SALE-1", timestamp, amount: 1000.25, status: "Completed" },
    { payment_id: "PAY-2", sale_id: "SALE-1", timestamp, amount: 77, payment_status: "Refunded" },
  ],
  interactions: [
    { interaction_id: "INT-1", timestamp, outcome: "Cancelled", employee_id: "EMP-7" },
    { interaction_id: "INT-2", timestamp, customer_id: "CUST-1", outcome: "No Response" },
  ],
  inventory: [
    {
      inventory_id: "INV-1",
      timestamp,
      vehicle_id: "VEH-1",
      vehicle_vin: "VIN4000000037",
      quantity: 3,
    },
    {
      inventory_id: "INV-2",
      timestamp,
      vehicle_vin: "VIN40000",
      stock_status: "Reserved",
    },
  ],
  procurement: [
    {
      event_id: "PROC-1",
      timestamp,
      item: "Brake pads",
      cost: 99.9,
      quantity: 4,
      supplier_id: "SUP-1",
      status: "Delivered",
    },
    {
      event_id: "PROC-2",
      timestamp,
      item: "Tyres, winter",
      vehicle_vin: "VIN40000",
      cost: 5,
    },
  ],
  telemetry: [
    {
      event_id: "TEL-1",
      timestamp,
      vehicle_id: "VEH-1",
      vehicle_vin: "VIN4000000037",
      sensor_type: "oil pressure",
      sensor_value: 2.75,
      location: "-26.2,28.04",
    },
  ],
};

/** All that the warehouse has of each event, its members included, as text. */
async function stored(box: WarehouseBox, type: Type): Promise<Map<string, string>> {
  const members = dimensionsOf(type).map(({ name }) => name);
  const rows = await query<{ id: string; text: string }>(
    box,
    `SELECT f.event_id AS id, concat_ws(' ', to_jsonb(f)${
      members.map((name) => `, to_jsonb(${name})`).join("")
    }) AS text FROM warehouse.fact_${type} f ${
      members.map((name) => `JOIN warehouse.dim_${name} ${name} USING (${name}_key)`).join(" ")
    }`,
  );
  return new Map(rows.map(({ id, text }) => [id, text]));
}

Deno.test("every value of other producers' events is in the warehouse, and their files are what downstreams take", async () => {
  await using box = await warehouseBox("other-producers");
  for (const type of types) await publish(box, type, sent[type] ?? []);
  await using consumer = consume(box, ["--batch-size", "50", "--timeout", "1"]);
  await taken(box, Object.values(sent).flat().length);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  const encoder = new TextEncoder();
  for (const { key, text } of await landedFiles(box)) {
    assert.deepEqual(refusals({ key, body: encoder.encode(text) }), [], key);
  }
  const loaded = await etl(box);
  assert.equal(loaded.code, 0, loaded.stderr);
  assert.deepEqual(await rejected(box), []);
  for (const type of types) {
    const facts = await stored(box, type);
    assert.equal(facts.size, sent[type]?.length ?? 0, type);
    for (const event of sent[type] ?? []) {
      const [id] = Object.values(event);
      for (const [field, value] of Object.entries(event)) {
        // Latitude and longitude have columns of their own.
        for (const part of field === "location" ? String(value).split(",") : [value]) {
          assert.ok(facts.get(String(id))?.includes(String(part)), `${type} ${field}: ${value}`);
        }
      }
    }
  }
  for (const word of ["Fleet", "No Response", "Reserved"]) {
    assert.match(loaded.stdout, new RegExp(`^1 new value of \\w+: ${word} \\(1\\)`, "m"));
  }
  assert.equal((await verify(box)).code, 0);
});
