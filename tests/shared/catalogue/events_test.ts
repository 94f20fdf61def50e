import assert from "node:assert/strict";
import {
  catalogue,
  columnsOf,
  deadLetterTopic,
  envelope,
  isType,
  topicOf,
  type Type,
  types,
} from "../../../shared/catalogue/events.ts";
import type { Kind } from "../../../shared/catalogue/fields.ts";

const unit = { permissions: "none" } as const;

Deno.test("catalogue begins with the six systems, in order", unit, () => {
  assert.deepEqual(types.slice(0, 6), [
    "sales",
    "payments",
    "interactions",
    "inventory",
    "procurement",
    "telemetry",
  ]);
});

Deno.test("catalogue: each type's id field and key are fields of it", unit, () => {
  for (const type of types) {
    const { fields, idField, key } = catalogue[type];
    assert.equal(Object.keys(fields)[0], idField);
    assert.ok(Object.hasOwn(fields, key), `${type} has no ${key}`);
  }
});

Deno.test("catalogue: prefixes differ", unit, () => {
  assert.equal(new Set(types.map((type) => catalogue[type].prefix)).size, types.length);
});

Deno.test("columnsOf() begins with the envelope and names no column twice", unit, () => {
  for (const type of types) {
    const columns = columnsOf(type);
    assert.deepEqual(columns.slice(0, 3), ["event_type", "event_id", "timestamp"]);
    assert.equal(new Set(columns).size, columns.length);
  }
});

Deno.test("columnsOf() has the columns that downstream programs expect", unit, () => {
  const expected: Partial<Record<Type, string>> = {
    sales: "sale_id sale_date customer_id customer_name email vehicle_id vehicle_vin dealer_id " +
      "dealer_name sale_price discount_amount final_price sale_channel sale_status payment_method",
    payments: "payment_id sale_id customer_id payment_date payment_amount payment_method " +
      "payment_status transaction_reference",
    interactions: "interaction_id customer_id customer_name dealer_id interaction_date " +
      "interaction_type interaction_channel outcome duration_minutes notes",
    inventory: "inventory_id vehicle_id vehicle_vin vehicle_make vehicle_model dealer_id " +
      "dealer_name quantity stock_status last_updated",
    procurement: "procurement_id vehicle_id vehicle_vin vehicle_make supplier_id supplier_name " +
      "dealer_id cost_price procurement_date procurement_status quantity",
    telemetry: "telemetry_id vehicle_id vehicle_vin speed fuel_level engine_temperature " +
      "location_lat location_long",
  };
  for (const [type, columns] of Object.entries(expected)) {
    assert.equal(columnsOf(type as Type).slice(3).join(" "), columns);
  }
});

Deno.test(
  "catalogue: a type's columns fit into the bits of a number, and required ones are its own",
  unit,
  () => {
    for (const type of types) {
      const columns = columnsOf(type);
      assert.ok(columns.length < 32, type);
      for (const name of catalogue[type].required) assert.ok(columns.includes(name), name);
    }
  },
);

Deno.test("catalogue: fields of one name are of one kind", unit, () => {
  const kinds = new Map<string, Kind>(Object.entries<Kind>(envelope));
  for (const type of types) {
    for (const [field, kind] of Object.entries<Kind>(catalogue[type].fields)) {
      const { expected, values, synonyms } = kinds.get(field) ?? kind;
      assert.deepEqual([kind.expected, kind.values, kind.synonyms], [expected, values, synonyms]);
      kinds.set(field, kind);
    }
  }
});

Deno.test("topicOf() and deadLetterTopic() put the prefix first", unit, () => {
  assert.equal(topicOf("sales"), "sales_topic");
  assert.equal(topicOf("sales", "test-"), "test-sales_topic");
  assert.equal(deadLetterTopic(), "dead_letter_topic");
  assert.equal(deadLetterTopic("test-"), "test-dead_letter_topic");
});

Deno.test("isType() knows the catalogue's names only", unit, () => {
  assert.ok(isType("telemetry"));
  for (const name of ["", "Sales", "toString", "__proto__"]) assert.ok(!isType(name), name);
});
