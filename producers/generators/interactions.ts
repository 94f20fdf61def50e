import type { Event } from "../../shared/events.ts";
import { beginEvent, type Context, weighted } from "./context.ts";

/** The next contact between a customer and a dealer. */
export function generateInteraction(context: Context): Event<"interactions"> {
  const { faker, market } = context;
  const head = beginEvent("interactions", context);
  const customer = faker.helpers.arrayElement(market.customers);
  const vehicle = faker.helpers.arrayElement(market.vehicles);
  const type = weighted(faker, [["Phone", 40], ["Email", 25], ["Chat", 20], ["In-Person", 15]]);
  const channel = weighted(faker, [["Sales", 60], ["Support", 25], ["Marketing", 15]]);
  return {
    ...head,
    interaction_id: head.event_id,
    customer_id: customer.id,
    customer_name: customer.name,
    dealer_id: vehicle.dealer.id,
    interaction_date: head.timestamp,
    interaction_type: type,
    interaction_channel: channel,
    outcome: weighted(faker, [["Pending", 50], ["Won", 28], ["Lost", 22]]),
    duration_minutes: faker.number.int(MINUTES[type]),
    notes: `${faker.helpers.arrayElement(NOTES[channel])} ${vehicle.make} ${vehicle.model}`,
  };
}

const MINUTES = {
  Phone: { min: 1, max: 30 },
  Email: { min: 1, max: 10 },
  Chat: { min: 2, max: 25 },
  "In-Person": { min: 10, max: 120 },
};

const NOTES = {
  Sales: [
    "Asked for a quote for the",
    "Booked a test drive of the",
    "Wants to trade in the old car for a",
  ],
  Support: ["Asked when to service the", "Reported a warning light in the", "Recall question, the"],
  Marketing: ["Answered the campaign for the", "Wants the brochure of the", "Survey about the"],
};
