import fc from "fast-check";
import assert from "node:assert/strict";
import { createSimulation } from "../../../producers/simulation/simulation.ts";
import { checkDigit } from "../../../producers/simulation/vin.ts";
import {
  catalogue,
  envelope,
  type Event,
  type Type,
  types,
} from "../../../shared/catalogue/events.ts";
import type { Kind } from "../../../shared/catalogue/fields.ts";

function events(options: { seed: number; rounds?: number; types?: readonly Type[] }): Event[] {
  const simulation = createSimulation(options.types ?? types, { seed: options.seed, interval: 1 });
  return Array.from({ length: options.rounds ?? 50 }, () => simulation.round()).flat();
}

function ofType<T extends Type>(type: T, all: Event[]): Event<T>[] {
  return all.filter((event) => event.event_type === type) as Event<T>[];
}

const seed = fc.integer({ min: 1 });

Deno.test("every event has the fields of its type, in order, each right", () => {
  fc.assert(
    fc.property(seed, (seed) => {
      const told = new Set<string>();
      for (const event of events({ seed })) {
        const { fields, prefix, idField } = catalogue[event.event_type];
        const kinds: Record<string, Kind> = { ...envelope, ...fields };
        assert.deepEqual(Object.keys(event), Object.keys(kinds));
        for (const [name, value] of Object.entries(event)) {
          const kind = kinds[name]!;
          assert.notEqual(kind.encode(value), undefined, `${name}: ${value}`);
          if (kind.values) assert.ok(kind.values.includes(value), `${name}: ${value}`);
          if (kind.sql === "timestamp") assert.equal(kind.encode(value), value);
          if (kind.sql === "numeric(14,2)") assert.match(kind.encode(value)!, /^\d+\.\d\d$/);
        }
        assert.match(event.event_id, new RegExp(`^${prefix}-[0-9A-F]{8}$`));
        // Its own id, or that of the first event of the thing whose change it tells.
        const id = (event as Record<string, unknown>)[idField] as string;
        assert.ok(id === event.event_id || told.has(id), `${event.event_id} tells of ${id}`);
        told.add(event.event_id);
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("event ids are unique in a run", () => {
  const ids = events({ seed: 1, rounds: 5_000 }).map((event) => event.event_id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("the same seed gives the same events, another seed others", () => {
  assert.deepEqual(events({ seed: 42 }), events({ seed: 42 }));
  assert.notDeepEqual(events({ seed: 42 }), events({ seed: 43 }));
});

Deno.test("a system gives the same events whichever others run beside it", () => {
  const all = events({ seed: 42 });
  for (const type of types) {
    assert.deepEqual(events({ seed: 42, types: [type] }), ofType(type, all));
  }
});

Deno.test("without a seed two runs differ", () => {
  const run = () => createSimulation(["sales"], { interval: 1 }).round()[0]!.event_id;
  assert.notEqual(run(), run());
});

Deno.test("sales: the final price is the sale price less the discount, to the cent", () => {
  for (const sale of ofType("sales", events({ seed: 7, rounds: 3_000 }))) {
    const cents = (value: number) => Math.round(value * 100);
    assert.equal(cents(sale.final_price), cents(sale.sale_price) - cents(sale.discount_amount));
    assert.equal(sale.final_price, Number(sale.final_price.toFixed(2)));
    assert.ok(sale.discount_amount >= 0 && sale.final_price > 0);
    assert.match(sale.email, /^[^@\s]+@example\.(com|net|org)$/);
  }
});

Deno.test("vehicles have valid VINs, and keep dealer, make and VIN", () => {
  const known = new Map<string, string>();
  for (const event of events({ seed: 3, rounds: 500 })) {
    if (!("vehicle_vin" in event)) continue;
    assert.match(event.vehicle_vin, /^[A-HJ-NPR-Z0-9]{17}$/);
    assert.equal(checkDigit(event.vehicle_vin), event.vehicle_vin[8]);
    assert.equal(known.get(event.vehicle_id) ?? event.vehicle_vin, event.vehicle_vin);
    known.set(event.vehicle_id, event.vehicle_vin);
  }
});

Deno.test("payments pay sales that were made before, never more than their price", () => {
  const sales = new Map<string, Event<"sales">>();
  const paid = new Map<string, number>();
  for (const event of events({ seed: 5, rounds: 3_000 })) {
    if (event.event_type === "sales") sales.set(event.sale_id, event);
    if (event.event_type !== "payments") continue;
    const sale = sales.get(event.sale_id);
    assert.ok(sale, `${event.payment_id} pays no sale`);
    assert.equal(event.customer_id, sale.customer_id);
    if (event.payment_status !== "Paid") continue;
    const cents = (paid.get(sale.sale_id) ?? 0) + Math.round(event.payment_amount * 100);
    assert.ok(cents <= Math.round(sale.final_price * 100));
    assert.notEqual(sale.sale_status, "Cancelled");
    paid.set(sale.sale_id, cents);
  }
  const whole = [...paid].filter(([id, cents]) =>
    cents === Math.round(sales.get(id)!.final_price * 100)
  );
  assert.ok(whole.length > 400, `${whole.length} of ${paid.size} sales are paid in full`);
});

Deno.test("inventory: only what is counted is in stock", () => {
  for (const event of ofType("inventory", events({ seed: 9, rounds: 500 }))) {
    assert.ok(event.quantity >= 0);
    assert.equal(event.stock_status === "In Stock", event.quantity > 0);
  }
});

Deno.test("telemetry is plausible", () => {
  for (const event of ofType("telemetry", events({ seed: 9, rounds: 500 }))) {
    assert.ok(event.speed >= 0 && event.speed <= 140);
    assert.ok(event.fuel_level >= 0 && event.fuel_level <= 100);
    assert.ok(event.engine_temperature > 0 && event.engine_temperature < 120);
    assert.ok(Math.abs(event.location_lat) <= 90 && Math.abs(event.location_long) <= 180);
  }
});
