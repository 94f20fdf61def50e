import type { Event } from "../../shared/events.ts";
import { beginEvent, type Context, fromCents, weighted } from "./context.ts";

/** The next order of a dealer at a supplier, below the list price. */
export function generateProcurement(context: Context): Event<"procurement"> {
  const { faker, market } = context;
  const head = beginEvent("procurement", context);
  const vehicle = faker.helpers.arrayElement(market.vehicles);
  const supplier = faker.helpers.arrayElement(market.suppliers);
  return {
    ...head,
    procurement_id: head.event_id,
    vehicle_id: vehicle.id,
    vehicle_vin: vehicle.vin,
    vehicle_make: vehicle.make,
    supplier_id: supplier.id,
    supplier_name: supplier.name,
    dealer_id: vehicle.dealer.id,
    cost_price: fromCents(vehicle.listPrice * faker.number.int({ min: 72, max: 88 })),
    procurement_date: head.timestamp,
    procurement_status: weighted(faker, [["Ordered", 48], ["Received", 45], ["Returned", 7]]),
    quantity: faker.number.int({ min: 1, max: 25 }),
  };
}
