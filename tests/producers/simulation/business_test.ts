import fc from "fast-check";
import assert from "node:assert/strict";
import { createBusiness, PARTS } from "../../../producers/simulation/business.ts";
import { cities, kilometres, routeBetween } from "../../../producers/simulation/roads.ts";
import { createTimeline, LEAST_STEP } from "../../../producers/simulation/timeline.ts";
import { models } from "../../../producers/simulation/models.ts";
import { checkDigit } from "../../../producers/simulation/vin.ts";
import { catalogue, envelope, type Event, type Type } from "../../../shared/catalogue/events.ts";
import type { Kind } from "../../../shared/catalogue/fields.ts";
import { isInSouthAfrica } from "../south_africa.ts";

const START = Date.UTC(2026, 0, 1) * 1_000;
/** Ten minutes: a year is 52,560 rounds. */
const STEP = 600_000_000;
const YEAR = 52_560;

/** What happens, in the order of its times. */
function* happenings(
  options: { seed: number; rounds: number; step?: number; start?: number },
): Generator<Event> {
  const { seed, rounds, step = STEP, start = START } = options;
  const { times } = createTimeline([{ round: 0, start, step }], { seed });
  const business = createBusiness({ seed, base: seed, start, step });
  for (let round = 0; round < rounds; round++) {
    yield* business.next(times).sort((a, b) => a.timestamp < b.timestamp ? -1 : 1);
  }
}

/** Checks each event against all that has happened before it. */
function createInspector() {
  const cars = new Map<string, { vin: string; make: string; stock: number; sales: Set<string> }>();
  const sales = new Map<
    string,
    { final: number; status: string; paid: number; event: Event<"sales"> }
  >();
  const payments = new Map<string, string>();
  const orders = new Map<string, string>();
  const talks = new Map<string, string>();
  const customers = new Set<string>();
  const readings = new Map<string, Event<"telemetry">>();
  const ids = new Set<string>();
  const sums = { received: 0, returned: 0, sold: 0, tradedIn: 0, stock: 0, counted: 0, faults: 0 };
  const cents = (value: number) => Math.round(value * 100);
  let last = "";
  let lots = 0;

  const carOf = (event: { vehicle_id: string; vehicle_vin: string }) => {
    const car = cars.get(event.vehicle_id);
    assert.ok(car, `${event.vehicle_id} is unknown`);
    assert.equal(event.vehicle_vin, car.vin);
    return car;
  };
  const look: { readonly [T in Type]?: (event: Event<T>) => void } = {
    procurement(event: Event<"procurement">) {
      const before = orders.get(event.procurement_id);
      const { procurement_status: status } = event;
      if (before === undefined) {
        assert.ok(!cars.has(event.vehicle_id), "one order, one car");
        cars.set(event.vehicle_id, {
          ...{ vin: event.vehicle_vin, make: event.vehicle_make, stock: 0, sales: new Set() },
        });
        // What had been ordered before the first round only arrives.
        assert.ok(status === "Ordered" || status === "Received" && orders.size < 24, status);
        assert.equal(event.procurement_id, event.event_id);
      } else {
        assert.equal(
          `${before} ${status}`,
          before === "Ordered" ? "Ordered Received" : "Received Returned",
        );
      }
      orders.set(event.procurement_id, status);
      const car = carOf(event);
      assert.equal(event.quantity, 1);
      if (status === "Received") {
        assert.equal(car.stock, 0);
        car.stock++;
        sums.received++;
      }
      if (status === "Returned") {
        car.stock--;
        sums.returned++;
        assert.equal(car.stock, 0, "only what is there can be returned");
      }
    },
    inventory(event: Event<"inventory">) {
      const car = carOf(event);
      sums.counted++;
      // A sold car that is counted again was traded in.
      if (event.quantity === 1 && car.stock === 0) {
        assert.equal(car.sales.size > 0, true, `${event.vehicle_id} came from nowhere`);
        car.stock = 1;
        sums.tradedIn++;
      }
      assert.equal(event.quantity, car.stock);
      assert.equal(event.stock_status === "In Stock", event.quantity === 1);
    },
    interactions(event: Event<"interactions">) {
      const before = talks.get(event.interaction_id);
      if (before === undefined) assert.equal(event.interaction_id, event.event_id);
      else assert.deepEqual([before, event.outcome !== "Pending"], ["Pending", true]);
      talks.set(event.interaction_id, event.outcome);
      customers.add(event.customer_id);
    },
    sales(event: Event<"sales">) {
      const car = carOf(event);
      const final = cents(event.final_price);
      assert.equal(final, cents(event.sale_price) - cents(event.discount_amount));
      assert.ok(event.discount_amount >= 0 && event.discount_amount <= 0.12 * event.sale_price);
      const before = sales.get(event.sale_id);
      if (before) {
        assert.deepEqual([before.status, event.sale_status !== "Pending"], ["Pending", true]);
        const { event_id: _1, timestamp: _2, sale_status: _3, email: _4, ...same } = event;
        assert.partialDeepStrictEqual(before.event, same);
        before.status = event.sale_status;
      } else {
        assert.equal(event.sale_id, event.event_id);
        assert.equal(event.sale_date, event.timestamp);
        assert.equal(car.stock, 1, `${event.vehicle_id} is sold but not in stock`);
        const open = [...car.sales].filter((id) => sales.get(id)!.status === "Pending");
        assert.deepEqual(open, [], "a reserved car is not sold again");
        sales.set(event.sale_id, { final, status: event.sale_status, paid: 0, event });
        car.sales.add(event.sale_id);
      }
      if (event.sale_status === "Completed") {
        car.stock--;
        sums.sold++;
        assert.equal(car.stock, 0);
      }
      customers.add(event.customer_id);
    },
    payments(event: Event<"payments">) {
      const sale = sales.get(event.sale_id);
      assert.ok(sale, `${event.payment_id} pays nothing`);
      assert.equal(event.customer_id, sale.event.customer_id);
      assert.ok(event.payment_amount > 0);
      const before = payments.get(event.payment_id);
      if (before === undefined) assert.equal(event.payment_id, event.event_id);
      else assert.deepEqual([before, event.payment_status !== "Pending"], ["Pending", true]);
      payments.set(event.payment_id, event.payment_status);
      if (event.payment_status === "Paid") sale.paid += cents(event.payment_amount);
      assert.ok(sale.paid <= sale.final);
      if (sale.status === "Cancelled") assert.equal(sale.paid, 0);
    },
    telemetry(event: Event<"telemetry">) {
      const car = carOf(event);
      assert.ok(car.sales.size > 0, "only sold cars drive");
      const { speed, fuel_level: fuel, engine_temperature: temperature } = event;
      assert.ok(speed >= 0 && speed <= 140 && fuel >= 0 && fuel <= 100, JSON.stringify(event));
      assert.ok(temperature > 0 && temperature < 120);
      if (temperature > 105) sums.faults++;
      assert.ok(isInSouthAfrica(event.location_lat, event.location_long), JSON.stringify(event));
      const before = readings.get(event.vehicle_id);
      readings.set(event.vehicle_id, event);
      if (!before) return;
      const seconds = (Date.parse(`${event.timestamp.slice(0, 23)}Z`) -
        Date.parse(`${before.timestamp.slice(0, 23)}Z`)) / 1_000;
      const km = kilometres(
        [before.location_lat, before.location_long],
        [event.location_lat, event.location_long],
      );
      // 0.1 km/h of rounding, a millisecond, and the last digit of a place.
      const most = (Math.max(speed, before.speed) + 0.1) * (seconds + 0.001) / 3_600 + 0.001;
      assert.ok(km <= most, `${km} km in ${seconds} s at ${before.speed} and ${speed} km/h`);
      if (fuel > before.fuel_level) assert.equal(speed, 0, "one fills up at a stop");
      if (km > 5) assert.ok(fuel < before.fuel_level, "driving takes fuel");
    },
  };

  return {
    sums,
    sales,
    cars,
    customers,
    see(event: Event) {
      // At the least step there is no room for systems that were added: theirs may be the same time.
      const isLater = event.timestamp > last ||
        event.timestamp === last && !(event.event_type in look);
      assert.ok(isLater, `${event.event_id} is not later than what is before it`);
      last = event.timestamp;
      assert.ok(!ids.has(event.event_id));
      ids.add(event.event_id);
      // All of the first, then some: it costs more than the business itself.
      if (lots++ < 3_000 || lots % 50 === 0) assertFields(event);
      look[event.event_type]?.(event as never);
    },
  };
}

function assertFields(event: Event): void {
  const { fields, prefix } = catalogue[event.event_type];
  const kinds: Record<string, Kind> = { ...envelope, ...fields };
  assert.deepEqual(Object.keys(event), Object.keys(kinds));
  assert.match(event.event_id, new RegExp(`^${prefix}-[0-9A-F]{8}$`));
  for (const [name, value] of Object.entries(event)) {
    const kind = kinds[name]!;
    assert.notEqual(kind.encode(value), undefined, `${name}: ${value}`);
    if (kind.values) assert.ok(kind.values.includes(value), `${name}: ${value}`);
    if (kind.sql === "numeric(14,2)") assert.match(kind.encode(value)!, /^\d+\.\d\d$/);
  }
}

Deno.test("a year of business adds up, event by event", () => {
  const inspector = createInspector();
  for (const event of happenings({ seed: 2026, rounds: YEAR })) inspector.see(event);
  const { sums, sales, cars, customers } = inspector;

  const stock = [...cars.values()].reduce((sum, car) => sum + car.stock, 0);
  const uncounted = sums.received + sums.tradedIn - sums.returned - sums.sold - stock;
  assert.equal(uncounted, 0);
  assert.ok(stock > 50 && stock < 1_200, `${stock} cars in stock`);

  const all = [...sales.values()];
  const completed = all.filter(({ status }) => status === "Completed");
  const paid = completed.filter(({ final, paid }) => paid === final);
  assert.ok(all.every(({ final, paid }) => paid <= final));
  assert.ok(paid.length > 0.8 * completed.length, `${paid.length} of ${completed.length} are paid`);
  // What was signed in the first half of the year is settled, and paid but for the slowest.
  const old = all.filter(({ event }) => event.timestamp < "2026-07");
  assert.deepEqual(old.filter(({ status }) => status === "Pending"), []);
  const owed = old.filter(({ status, final, paid }) => status === "Completed" && paid < final);
  assert.ok(owed.length < 0.02 * old.length, `${owed.length} of ${old.length} are not paid`);

  const resold = [...cars.values()].filter(({ sales: ids }) =>
    [...ids].filter((id) => sales.get(id)!.status === "Completed").length > 1
  );
  assert.ok(sums.tradedIn > 100 && resold.length > 50, "cars come back, and are sold again");
  assert.ok(sums.faults > 20, "cars have faults");
  const back = customers.size / all.length;
  assert.ok(back < 3, `${customers.size} customers, ${all.length} sales`);
  assert.ok(cars.size > 15_000);
});

Deno.test("any business adds up, at any pace", () => {
  const step = fc.constantFrom(60, 1_000, 500_000, 5_000_000, 60_000_000, 3_600_000_000);
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), step, fc.constantFrom(300, 2_500), (seed, step, rounds) => {
      const inspector = createInspector();
      for (const event of happenings({ seed, rounds, step })) inspector.see(event);
    }),
    { numRuns: 12 },
  );
});

Deno.test("what a business remembers stays bounded, however long it goes on", () => {
  const most = {
    ...{ customers: 4_000, shown: 900, sold: 3_000, leads: 12, rides: 4 },
    ...{ orders: 600, defects: 60, coming: 50, arrived: 60, left: 250 },
    ...{ undecided: 150, service: 10, "pending sales": 480, instalments: 2_300 },
  };
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.constantFrom(60, 600_000_000), (seed, step) => {
      const business = createBusiness({ seed, base: seed, start: START, step });
      for (let round = 1; round <= 2 * YEAR; round++) {
        business.next(() => undefined);
        if (round % 1_000 !== 0) continue;
        const sizes = Object.fromEntries(business.sizes());
        assert.deepEqual(Object.keys(sizes).toSorted(), Object.keys(most).toSorted());
        for (const [name, size] of Object.entries(sizes)) {
          assert.ok(size <= most[name as keyof typeof most], `round ${round}: ${size} ${name}`);
        }
      }
    }),
    { numRuns: 3 },
  );
});

Deno.test("createTimeline() keeps the order of a round, however short it is", () => {
  const round = fc.record({ seed: fc.nat(), step: fc.integer({ min: LEAST_STEP, max: 1_000 }) });
  fc.assert(fc.property(round, ({ seed, step }) => {
    const { times, begin } = createTimeline([{ round: 0, start: START, step }], { seed });
    for (let round = 0; round < 500; round++) {
      const at = PARTS.map((type) => times(type, round));
      assert.deepEqual([...new Set(at)].toSorted((a, b) => a - b), at);
      assert.ok(at[0]! >= begin(round) && at[5]! < begin(round + 1));
    }
  }));
});

Deno.test("VINs have the maker's prefix and the right check digit, and none is given twice", () => {
  const vins = new Map<string, string>();
  const makers = new Set(models.map(({ make, maker }) => `${make} ${maker}`));
  for (const event of happenings({ seed: 4, rounds: 5_000 })) {
    if (event.event_type !== "procurement") continue;
    const { vehicle_vin: vin, vehicle_id: id, vehicle_make: make } = event;
    assert.match(vin, /^[A-HJ-NPR-Z0-9]{17}$/);
    assert.equal(checkDigit(vin), vin[8]);
    assert.ok(makers.has(`${make} ${vin.slice(0, 3)}`), `${make} ${vin}`);
    assert.equal(vins.get(vin) ?? id, id);
    vins.set(vin, id);
  }
  assert.ok(vins.size > 1_000);
});

Deno.test("prices fit the model, and discounts the season", () => {
  const shares = new Map<string, number[]>();
  for (const event of happenings({ seed: 8, rounds: YEAR })) {
    if (event.event_type !== "sales") continue;
    assert.ok(event.sale_price > 8_000 && event.sale_price < 70_000, String(event.sale_price));
    const month = event.timestamp.slice(5, 7);
    shares.set(month, [...shares.get(month) ?? [], event.discount_amount / event.sale_price]);
  }
  const mean = (month: string) =>
    shares.get(month)!.reduce((sum, share) => sum + share, 0) / shares.get(month)!.length;
  assert.ok(mean("12") > 2 * mean("09") && mean("06") > 1.5 * mean("04"));
});

Deno.test("every road stays in the country, and is as long as it is far", () => {
  for (const [from, { place }] of cities.entries()) {
    assert.ok(isInSouthAfrica(...place));
    for (const to of cities.keys()) {
      if (to === from) continue;
      const route = routeBetween(from, to);
      assert.ok(route.length >= kilometres(place, cities[to]!.place));
      assert.deepEqual(route.at(0), place);
      for (let km = 0; km <= route.length; km++) {
        const here = route.at(km);
        assert.ok(
          isInSouthAfrica(...here),
          `${cities[from]!.name} to ${cities[to]!.name}: ${here}`,
        );
        assert.ok(kilometres(here, route.at(km + 1)) < 1.001);
      }
    }
  }
});
