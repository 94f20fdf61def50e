import assert from "node:assert/strict";
import { refusals, refusedRows, repeated, tableOf } from "../downstream_rules.ts";

const unit = { permissions: "none" } as const;

const COLUMNS =
  "event_type,event_id,timestamp,inventory_id,vehicle_id,dealer_id,quantity,stock_status,last_updated";
const TIME = "2026-02-26T10:30:45.123456";
const KEY = "inventory/inventory_20260226_103045.csv";

/** A row of a good file of inventory, with some cells changed. */
function row(n: number, changes: Record<string, string> = {}): string {
  const cells: Record<string, string> = {
    event_type: "inventory",
    event_id: `INV-${n}`,
    timestamp: TIME,
    inventory_id: `INV-${n}`,
    dealer_id: "DLR-1",
    quantity: "5",
    stock_status: "In Stock",
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
    assert.deepEqual(why(file(row(1), row(1).replaceAll("INV-1", '"INV-1"'))), [
      "it has two identical rows",
    ]);
  },
);

Deno.test("refusals() refuses a file without a column that it needs, filled or not", unit, () => {
  for (
    const [type, id, needed] of [
      ["inventory", "inventory_id", "vehicle_id"],
      ["interactions", "interaction_id", "customer_id"],
      ["procurement", "procurement_id", "supplier_id"],
    ] as const
  ) {
    const key = `${type}/${type}_20260226_103045.csv`;
    const head = `event_type,event_id,timestamp,${id}`;
    const row = `${type},E1,${TIME},E1`;
    assert.deepEqual(why(`${head},${needed}\n${row},\n`, key), [], "empty");
    assert.deepEqual(why(`${head}\n${row}\n`, key), [`it has no column ${needed}`]);
  }
  assert.deepEqual(why(`\ufeff${file(row(1))}`), ["it has no column event_type"]);
});

Deno.test("refusals() refuses a column that is there twice", unit, () => {
  assert.deepEqual(why(`${COLUMNS}, quantity\n${row(1)},5\n`), [
    "it has the column quantity twice",
  ]);
});

Deno.test(
  "refusals() refuses a column that is empty in all rows, also one of its own",
  unit,
  () => {
    const none = { stock_status: "" };
    assert.deepEqual(why(file(row(1, none), row(2, none))), ["stock_status is empty in all rows"]);
    assert.deepEqual(why(file(row(1, none), row(2))), []);
    assert.deepEqual(why(`${COLUMNS},colour\n${row(1)},\n`), ["colour is empty in all rows"]);
  },
);

Deno.test("refusedRows() tells the rows with a value out of a set, or of limits", unit, () => {
  const rows = (text: string, key = KEY) =>
    refusedRows({ key, body: new TextEncoder().encode(text) });
  assert.deepEqual(
    rows(file(row(1), row(2, { stock_status: "" }), row(3, { stock_status: "Reserved" }))),
    ["row 3: stock_status is Reserved"],
  );
  assert.deepEqual(
    rows(
      "speed,engine_temperature\n0,-50\n350,250\n,\n-1,251\n350.5,x\n",
      "telemetry/telemetry_20260226_103045.csv",
    ),
    [
      "row 4: speed is -1",
      "row 4: engine_temperature is 251",
      "row 5: speed is 350.5",
      "row 5: engine_temperature is x",
    ],
  );
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
    const noted = (notes: string) =>
      why(
        `event_type,event_id,timestamp,interaction_id,customer_id,notes\ninteractions,I1,${TIME},I1,C1,${notes}\n`,
        "interactions/interactions_20260226_103045_p1.csv",
      );
    assert.deepEqual(noted("é".repeat(512)), []);
    assert.deepEqual(noted("é".repeat(513)), ["notes is longer than 512 characters"]);
  },
);

Deno.test("repeated() finds what occurs more than once, each once", unit, () => {
  assert.deepEqual(repeated(["a", "b", "a", "c", "b", "a"]), ["a", "b"]);
  assert.deepEqual(repeated(["a", "b"]), []);
});
