import type { Event } from "../../shared/events.ts";
import { beginEvent, type Context, fromCents, weighted } from "./context.ts";

/** The payment of the oldest open sale of this process, else of a sale that another one has made. */
export function generatePayment(context: Context): Event<"payments"> {
  const { faker, market, id } = context;
  const head = beginEvent("payments", context);
  const sale = market.openSales.shift() ?? foreignSale(context);
  return {
    ...head,
    payment_id: head.event_id,
    sale_id: sale.sale_id,
    customer_id: sale.customer_id,
    payment_date: head.timestamp,
    payment_amount: sale.final_price,
    payment_method: sale.payment_method,
    payment_status: weighted(faker, [["Paid", 86], ["Pending", 9], ["Failed", 5]]),
    transaction_reference: id("TXN"),
  };
}

function foreignSale({ faker, market, id }: Context) {
  const vehicle = faker.helpers.arrayElement(market.vehicles);
  return {
    sale_id: id("SALE"),
    customer_id: faker.helpers.arrayElement(market.customers).id,
    final_price: fromCents(vehicle.listPrice * faker.number.int({ min: 90, max: 108 })),
    payment_method: weighted(faker, [["Bank Transfer", 60], ["Credit Card", 40]]),
  };
}
