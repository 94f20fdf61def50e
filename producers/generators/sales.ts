import type { Event } from "../../shared/events.ts";
import { MAX_OPEN_SALES } from "../market.ts";
import { beginEvent, type Context, fromCents, weighted } from "./context.ts";

/** The next sale; one that is not cancelled then waits in the market for its payment. */
export function generateSale(context: Context): Event<"sales"> {
  const { faker, market } = context;
  const head = beginEvent("sales", context);
  const customer = faker.helpers.arrayElement(market.customers);
  const vehicle = faker.helpers.arrayElement(market.vehicles);
  // In cents, so that the final price is exact.
  const price = Math.round(vehicle.listPrice * faker.number.int({ min: 95, max: 112 }));
  const discount = faker.datatype.boolean(0.6)
    ? faker.number.int({ min: 0, max: Math.floor(price * 0.12) })
    : 0;
  const sale: Event<"sales"> = {
    ...head,
    sale_id: head.event_id,
    sale_date: head.timestamp,
    customer_id: customer.id,
    customer_name: customer.name,
    email: customer.email,
    vehicle_id: vehicle.id,
    vehicle_vin: vehicle.vin,
    dealer_id: vehicle.dealer.id,
    dealer_name: vehicle.dealer.name,
    sale_price: fromCents(price),
    discount_amount: fromCents(discount),
    final_price: fromCents(price - discount),
    sale_channel: weighted(faker, [["Dealership", 70], ["Online", 22], ["Auction", 8]]),
    sale_status: weighted(faker, [["Completed", 80], ["Pending", 14], ["Cancelled", 6]]),
    payment_method: weighted(faker, [
      ["Bank Transfer", 50],
      ["Credit Card", 25],
      ["Debit Card", 17],
      ["Check", 8],
    ]),
  };
  if (sale.sale_status !== "Cancelled" && market.openSales.length < MAX_OPEN_SALES) {
    market.openSales.push(sale);
  }
  return sale;
}
