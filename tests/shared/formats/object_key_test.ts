import fc from "fast-check";
import assert from "node:assert/strict";
import { formatName, keyOf, nextName } from "../../../shared/formats/file_name.ts";
import { types } from "../../../shared/catalogue/events.ts";
import { keyOfText, keyText, readKey } from "../../../shared/formats/object_key.ts";
import { PassedOver } from "../../../shared/s3/passed_over.ts";

Deno.test("readKey() takes the files of other writers by type, number and ending, in any folder", () => {
  const taken = {
    "sales/sales_2026.csv": ["sales", "csv"],
    "erp/sales/sales_20261120_020202.csv": ["sales", "csv"],
    "erp/sales/sales_2026_20261120_030303.csv": ["sales", "csv"],
    "sales_2026.tsv": ["sales", "csv"],
    "a/b c/sales-eu_2026 (1).CSV.gz": ["sales", "csv"],
    "crm/interactions/interactions_2026/interactions_2026.json": ["interactions", "json"],
    "x/payments_broken_1.ndjson": ["payments", "json"],
    "iot/telemetry/telemetry_2026/Telemetry_2026.xlsx": ["telemetry", "xlsx"],
    "sales/payments_2026.jsonl.GZ": ["payments", "json"],
    "sales/sales\n\u001b[2J_2026.csv": ["sales", "csv"],
  };
  for (const [key, [type, format]] of Object.entries(taken)) {
    assert.deepEqual(readKey(key), { type, format }, key);
  }
});

Deno.test("readKey() says why an object is no file to load", () => {
  const reasons = {
    "sales/sales_2026.pdf": /endings csv, tsv, json, jsonl, ndjson, xlsx/,
    "sales/sales_2026": /endings/,
    "sales/sales_2026.csv.zip": /endings/,
    "sales_2026.toString": /endings/,
    "sales/.csv": /does not start with a known type/,
    "sales/boats_2026.csv": /does not start with a known type/,
    "salesforce_2026.csv": /does not start with a known type/,
    "toString_2026.csv": /does not start with a known type/,
    "sales/sales.csv": /without a number/,
    "sales2026.csv": /without a number/,
    "same-name/abc/sales/sales_20260226_102345.csv": /same-name\//,
  };
  for (const [key, expected] of Object.entries(reasons)) {
    const named = readKey(key);
    assert.match("reason" in named ? named.reason : "taken", expected, key);
  }
});

Deno.test("readKey() takes every name that the consumer gives", () => {
  let name = nextName(undefined, Date.UTC(2026, 1, 26, 10, 23, 45));
  for (const type of types) {
    for (const suffix of [{}, { partition: 3 }, { partition: 0, tag: "4f3606" }]) {
      name = nextName(name, 0);
      assert.deepEqual(readKey(keyOf(type, formatName(name, suffix))), { type, format: "csv" });
    }
  }
});

Deno.test("keyText() of any key can be printed, and is read again", () => {
  const units = fc.constantFrom("\\", "u", "0", "1", "b", "\u001b", "\u202e", "\n", "ü", "🚗");
  const key = fc.oneof(fc.string({ unit: units }), fc.string({ unit: "grapheme" }));
  fc.assert(fc.property(key, (key) => {
    const text = keyText(key);
    assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}\u202e]/u);
    assert.equal(keyOfText(text), key);
  }));
  assert.equal(keyText("erp/süd\\1 (2).csv"), "erp/süd\\1 (2).csv");
});

Deno.test("PassedOver counts by reason and names some", () => {
  const passedOver = new PassedOver();
  assert.equal(passedOver.text("raw"), undefined);
  for (const n of [1, 2, 3, 4]) passedOver.add(`${n}.pdf`, "without an ending");
  passedOver.add("a\u0007", "of no type");
  assert.equal(
    passedOver.text("raw"),
    "5 objects in s3://raw passed over: 4 without an ending (1.pdf, 2.pdf, 3.pdf, …); 1 of no type (a\\u0007)",
  );
});
