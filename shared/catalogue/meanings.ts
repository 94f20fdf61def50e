import type { catalogue, envelope, Type } from "./events.ts";

type FieldOf<T extends Type> = T extends Type ? keyof (typeof catalogue)[T]["fields"] : never;

/** A field of some type of event. */
export type Field = keyof typeof envelope | FieldOf<Type>;

/**
 * What each field of an event means, and its unit. Fields with the same name have the same meaning.
 */
export const meanings: Readonly<Record<Field, string>> = {
  event_type: "the type of the event",
  event_id: "the event's own id; no two events share one",
  timestamp: "when it happened",
  sale_id: "the sale: the event_id of its first event",
  sale_date: "when it was signed; the same in all events of a sale",
  customer_id: "the customer",
  customer_name: "first and last name",
  email: "the customer's address at the time of the event",
  vehicle_id: "the car",
  vehicle_vin: "its vehicle identification number (ISO 3779), with its check digit",
  vehicle_make: "the maker's name",
  vehicle_model: "the model's name",
  dealer_id: "the dealer",
  dealer_name: "the dealer's name",
  sale_price: "the price before the discount",
  discount_amount: "what is taken off",
  final_price: "what is to be paid: sale_price less discount_amount",
  sale_channel: "how it was sold",
  sale_status: "Pending until it is Completed or Cancelled",
  payment_method: "how it is paid",
  payment_id: "the payment: the event_id of its first event",
  payment_date: "when it was tried, or settled",
  payment_amount: "what is paid: an instalment, or all of the final_price",
  payment_status: "Pending until it is Paid or Failed; after Failed, another payment follows",
  transaction_reference: "the bank's reference of the attempt",
  interaction_id: "the contact: the event_id of its first event",
  interaction_date: "when it took place; the same in all events of a contact",
  interaction_type: "by which means",
  interaction_channel: "which department",
  outcome: "Pending until it is Won or Lost",
  duration_minutes: "how long it took, in minutes",
  notes: "what it was about",
  inventory_id: "the count: its event_id",
  quantity: "cars: counted in stock, or ordered",
  stock_status: "In Stock when there is one, Coming Soon when it is ordered",
  last_updated: "when it was counted",
  procurement_id: "the order: the event_id of its first event",
  supplier_id: "the supplier",
  supplier_name: "the supplier's name",
  cost_price: "what the dealer pays for it",
  procurement_date: "when it was ordered, received or returned",
  procurement_status: "Ordered, then Received, then perhaps Returned",
  telemetry_id: "the reading: its event_id",
  speed: "in km/h",
  fuel_level: "in percent of the tank",
  engine_temperature: "in °C",
  location_lat: "latitude in degrees",
  location_long: "longitude in degrees",
};
