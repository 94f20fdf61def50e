import { parse } from "csv-parse/sync";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Batch } from "../../../consumer/batching/batch.ts";
import { decoder } from "../../../consumer/batching/decode.ts";
import { catalogue, columnsOf, type Type, types } from "../../../shared/catalogue/events.ts";
import type { Kind } from "../../../shared/catalogue/fields.ts";

const unit = { permissions: "none" } as const;

type Fields = Record<string, unknown>;

/** The file that events become. */
function fileOf(type: Type, events: readonly Fields[]): string {
  const batch = new Batch(type, 0, { rows: Infinity, age: Infinity });
  const decode = decoder(type);
  for (const [n, event] of events.entries()) {
    const decoded = decode(new TextEncoder().encode(JSON.stringify(event)));
    assert.equal(decoded.kind, "row", JSON.stringify(decoded));
    batch.add(0, 0, n, decoded);
  }
  return new TextDecoder().decode(batch.cut("age", 0).body);
}

const [ID, TIME] = ["E1", "2026-02-26T10:30:45.123456"];

Deno.test("a file has the columns that its rows fill, in the catalogue's order", unit, () => {
  const of = (n: number, fields: Fields) => ({ event_id: `E${n}`, timestamp: TIME, ...fields });
  assert.equal(
    fileOf("sales", [
      of(1, { final_price: 5, email: "", customer_name: 'say "hi", Ann' }),
      of(2, { final_price: null, sale_channel: "Fleet", colour: null, doors: 5 }),
    ]),
    "event_type,event_id,timestamp,sale_id,customer_name,final_price,sale_channel,doors\n" +
      `sales,E1,${TIME},E1,"say ""hi"", Ann",5.00,,\n` +
      `sales,E2,${TIME},E2,,,Fleet,5\n`,
  );
});

for (
  const [type, column] of Object.entries({
    inventory: "vehicle_id",
    interactions: "customer_id",
    procurement: "supplier_id",
  })
) {
  Deno.test(`a file of ${type} has ${column} although no row fills it`, unit, () => {
    const text = fileOf(type as Type, [{ event_id: ID, timestamp: TIME }]);
    const { idField } = catalogue[type as Type];
    assert.equal(
      text,
      `event_type,event_id,timestamp,${idField},${column}\n${type},${ID},${TIME},${ID},\n`,
    );
  });
}

Deno.test("no cell is lost or moved, whatever columns a file has", unit, () => {
  const value = (kind: Kind): fc.Arbitrary<unknown> => {
    if (kind.sql === "timestamp") return fc.constant(TIME);
    if (kind.sql === "text") return fc.constantFrom("", "a", "a,b", '"', "\n", "é");
    if (kind.sql.startsWith("varchar")) return fc.constantFrom("a", "a,b", 'a"b', "a\nb");
    return fc.integer({ min: 0, max: 9 });
  };
  for (const type of types) {
    const { fields, idField, required } = catalogue[type];
    const event = fc.record(
      Object.fromEntries(
        Object.entries<Kind>(fields).map(([name, kind]) => [name, fc.option(value(kind))]),
      ),
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...Object.keys(fields)), { maxLength: 4 }),
        fc.array(event, { minLength: 1, maxLength: 4 }),
        (filled, events) => {
          const sent = events.map((fields, n) => ({
            ...Object.fromEntries(
              Object.entries(fields).filter(([name]) => filled.includes(name)),
            ),
            event_type: type,
            event_id: `E${n}`,
            [idField]: `E${n}`,
            timestamp: TIME,
          }));
          const text = fileOf(type, sent);
          const rows: Fields[] = parse(text, { columns: true });
          const decode = decoder(type);
          const whole = sent.map((event) => {
            const row = decode(new TextEncoder().encode(JSON.stringify(event)));
            const [cells] = parse(row.kind === "row" ? row.line : "");
            return Object.fromEntries(columnsOf(type).map((name, at) => [name, cells![at]]));
          });
          const header = Object.keys(rows[0]!);
          const expected = columnsOf(type).filter((name) =>
            required.includes(name) || whole.some((row) => row[name] !== "")
          );
          assert.deepEqual(header, expected);
          assert.deepEqual(
            rows,
            whole.map((row) => Object.fromEntries(header.map((name) => [name, row[name]]))),
          );
        },
      ),
    );
  }
});
