import assert from "node:assert/strict";
import { refusals, repeated, tableOf } from "./downstream.ts";

const unit = { permissions: "none" } as const;

const COLUMNS = "event_type,event_id,timestamp,inventory_id,vehicle_id,vehicle_vin,vehicle_make," +
  "vehicle_model,dealer_id,dealer_name,quantity,stock_status,last_updated";
const TIME = "2026-02-26T10:30:45.123456";
const KEY = "inventory/inventory_20260226_103045.csv";

/** A row of a good file of inventory, with some cells changed. */
function row(n: number, changes: Record<string, string> = {}): string {
  const cells: Record<string, string> = {
    event_type: "inventory",
    event_id: `INV-${n}`,
    timestamp: TIME,
    vehicle_id: "VEH-1",
    last_updated: TIME,
    ...changes,
  };
  return COLUMNS.split(",").map((name) => cells[name] ?? "").join(",");
}

/** Why a file of inventory is refused. */
function why(text: string | Uint8Array, key = KEY): string[] {
  return refusals({ key, body: typeof text === "string" ? new TextEncoder().encode(text) : text });
}

const file = (...rows: string[]) => [COLUMNS, ...rows, ""].join("\n");

Deno.test("tableOf() is the base name without stamp and suffixes", unit, () => {
  for (const suffix of ["", "_001", "_1000", "_p3", "_p12", "_001_p3"]) {
    assert.equal(tableOf(`sales/sales_20260226_102345${suffix}.csv`), "sales", suffix);
  }
  for (
    const key of [
      "sales/sales.csv",
      "sales/sales_20260226.csv",
      "sales/sales_20260226_102345_p3_001.csv",
      "sales/sales_20260226_102345-1.csv",
      "cars/cars_20260226_102345.csv",
      "constructor/constructor_20260226_102345.csv",
    ]
  ) {
    assert.equal(tableOf(key), undefined, key);
  }
});

Deno.test(
  "refusals() has nothing against a good file, with columns that it does not know",
  unit,
  () => {
    assert.deepEqual(why(file(row(1), row(2))), []);
    assert.deepEqual(why(`${COLUMNS},colour\n${row(1)},"red, ""or"" not\n"\n`), []);
    assert.deepEqual(why(file(row(1, { last_updated: "" }), row(2))), []);
  },
);

Deno.test("refusals() refuses another name, and another kind of file", unit, () => {
  assert.deepEqual(why(file(row(1)), "inventory/inventory_20260226_103045.json"), [
    "it is no .csv",
  ]);
  assert.deepEqual(why(file(row(1)), "inventory/inventory.csv"), ["its name belongs to no table"]);
  assert.deepEqual(why(file(row(1)), "cars/cars_20260226_103045.csv"), [
    "its name belongs to no table",
  ]);
});

Deno.test("refusals() refuses what holds no row, or cannot be read", unit, () => {
  assert.deepEqual(why(""), ["it is empty"]);
  assert.deepEqual(why(file()), ["it has a header only"]);
  assert.deepEqual(why(Uint8Array.of(0xff, 10)), ["it is not UTF-8"]);
  assert.match(why(file(row(1), `${row(2)},more`)).join(), /^it is no CSV: .*Length/);
  assert.match(why(file(row(1), '"')).join(), /^it is no CSV: /);
});

Deno.test(
  "refusals() refuses two identical rows, also ones that are written differently",
  unit,
  () => {
    assert.deepEqual(why(file(row(1), row(2), row(1))), ["it has two identical rows"]);
    assert.deepEqual(why(file(row(1), row(1).replace("INV-1", '"INV-1"'))), [
      "it has two identical rows",
    ]);
  },
);

Deno.test("refusals() refuses a column that is missing, or there twice", unit, () => {
  const without = (text: string) => text.split(",").toSpliced(4, 1).join(",");
  assert.deepEqual(why([COLUMNS, row(1), ""].map(without).join("\n")), [
    "it has no column vehicle_id",
  ]);
  assert.deepEqual(why(`\ufeff${file(row(1))}`), ["it has no column event_type"]);
  assert.deepEqual(why(`${COLUMNS}, quantity\n${row(1)},5\n`), [
    "it has the column quantity twice",
  ]);
});

Deno.test(
  "refusals() refuses dates of two formats in one column, and what is no date",
  unit,
  () => {
    for (const other of ["2026-02-26T10:30:45", "2026-02-26 10:30:45", "2026-02-26", `${TIME}Z`]) {
      assert.deepEqual(why(file(row(1), row(2, { last_updated: other }))), [
        `last_updated is not all %Y-%m-%dT%H:%M:%S.%f: ${other}`,
      ]);
    }
    assert.deepEqual(why(file(row(1, { timestamp: "now" }))), ["timestamp is no date: now"]);
    const day = { last_updated: "2026-02-26" };
    assert.deepEqual(why(file(row(1, day), row(2, day))), [], "one format for all of them");
  },
);

Deno.test(
  "refusals() refuses ids of 65 characters, and notes of 513, whatever the characters",
  unit,
  () => {
    const long = (dealer_id: string) => why(file(row(1, { dealer_id })));
    assert.deepEqual(long("🚗".repeat(64)), []);
    assert.deepEqual(long("🚗".repeat(65)), ["dealer_id is longer than 64 characters"]);
    const header =
      "event_type,event_id,timestamp,interaction_id,customer_id,customer_name,dealer_id," +
      "interaction_date,interaction_type,interaction_channel,outcome,duration_minutes,notes";
    const noted = (notes: string) =>
      why(
        `${header}\ninteractions,I1,${TIME},I1,C1,,,,,,,,${notes}\n`,
        "interactions/interactions_20260226_103045_p1.csv",
      );
    assert.deepEqual(noted("é".repeat(512)), []);
    assert.deepEqual(noted("é".repeat(513)), ["notes is longer than 512 characters"]);
  },
);

Deno.test("refusals() refuses rows without the id that their table needs", unit, () => {
  const needs = {
    inventory: "vehicle_id",
    interactions: "customer_id",
    procurement: "supplier_id",
  };
  for (const [type, id] of Object.entries(needs)) {
    // Of a file with hardly any column, the others are refused as well.
    const short = (cell: string) =>
      why(`event_id,${id}\nE1,A\nE2,${cell}\n`, `${type}/${type}_20260226_103045.csv`)
        .filter((reason) => !reason.startsWith("it has no column"));
    assert.deepEqual(short("B"), []);
    assert.deepEqual(short(""), [`it has rows without ${id}`]);
  }
});

Deno.test("repeated() finds what occurs more than once, each once", unit, () => {
  assert.deepEqual(repeated(["a", "b", "a", "c", "b", "a"]), ["a", "b"]);
  assert.deepEqual(repeated(["a", "b"]), []);
});
