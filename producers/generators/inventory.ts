import type { Event } from "../../shared/events.ts";
import { beginEvent, type Context, weighted } from "./context.ts";

/** The next count of a dealer's stock. Only what is counted is in stock. */
export function generateInventory(context: Context): Event<"inventory"> {
  const { faker, market } = context;
  const head = beginEvent("inventory", context);
  const vehicle = faker.helpers.arrayElement(market.vehicles);
  const quantity = faker.datatype.boolean(0.8) ? faker.number.int({ min: 1, max: 40 }) : 0;
  return {
    ...head,
    inventory_id: head.event_id,
    vehicle_id: vehicle.id,
    vehicle_vin: vehicle.vin,
    vehicle_make: vehicle.make,
    vehicle_model: vehicle.model,
    dealer_id: vehicle.dealer.id,
    dealer_name: vehicle.dealer.name,
    quantity,
    stock_status: quantity > 0
      ? "In Stock"
      : weighted(faker, [["Out of Stock", 65], ["Coming Soon", 35]]),
    last_updated: head.timestamp,
  };
}
