import type pg from "pg";
import { meanings } from "../../shared/catalogue/meanings.ts";

/**
 * The comments of the columns of the schema `warehouse`, by name: a name means the same in every
 * table and view. Where a migration says more about a column, its comment stays. Fields of events
 * that are not listed here are described in the catalogue.
 */
const COLUMNS: Readonly<Record<string, string>> = {
  // Keys, and where a row comes from.
  customer_key: "The version of the customer, in dim_customer; 0: none was named.",
  dealer_key: "The dealer, in dim_dealer; 0: none was named.",
  vehicle_key: "The version of the vehicle, in dim_vehicle; 0: none was named.",
  supplier_key: "The supplier, in dim_supplier; 0: none was named.",
  date_key: "The day, in dim_date.",
  event_id: "The event's id; one row an event.",
  event_time: "When the event happened, in UTC.",
  load_id: "The load that it came with, in load_ledger.",
  line: "Its record in that file; the header is 1.",
  content: "A hash of the row, or the row itself, to recognise repeats.",
  extra: "Fields that the catalogue does not know, as they came.",
  reason: "Why it was rejected.",

  // Identifiers of the source systems.
  sale_id: "The sale's id.",
  payment_id: "The payment's id.",
  interaction_id: "The interaction's id.",
  inventory_id: "The count's id.",
  procurement_id: "The order's id.",
  telemetry_id: "The reading's id.",
  customer_id: "The customer's id in the source systems.",
  dealer_id: "The dealer's id in the source systems.",
  vehicle_id: "The vehicle's id in the source systems.",
  supplier_id: "The supplier's id in the source systems.",

  // Measures and attributes of facts.
  sale_date: "When it was sold, in UTC.",
  sale_price: "The price before the discount.",
  discount_amount: "What was taken off the price.",
  final_price: "What the customer owes.",
  sale_channel: "Dealership, Online, Auction, or whatever else the source says.",
  sale_status: "Completed, Pending, Cancelled, or whatever else the source says.",
  payment_method:
    "Credit Card, Bank Transfer, Debit Card, Check, or whatever else the source says.",
  payment_date: "When it was paid, in UTC.",
  payment_amount: "The amount that was paid.",
  payment_status: "Paid, Pending, Failed, or whatever else the source says.",
  transaction_reference: "The reference of the bank or the card company.",
  interaction_date: "When the contact took place, in UTC.",
  interaction_type: "Phone, Email, Chat, In-Person, or whatever else the source says.",
  interaction_channel: "Sales, Support, Marketing, or whatever else the source says.",
  outcome: "Won, Lost, Pending, or whatever else the source says.",
  duration_minutes: "How long the contact lasted, in minutes.",
  notes: "Free text of at most 512 characters.",
  quantity: "How many.",
  stock_status: "In Stock, Out of Stock, Coming Soon, or whatever else the source says.",
  last_updated: "When it was counted, in UTC.",
  cost_price: "The cost per unit.",
  procurement_date: "When it was ordered, received or returned, in UTC.",
  procurement_status: "Ordered, Received, Returned, or whatever else the source says.",
  speed: "In km/h.",
  fuel_level: "In percent.",
  engine_temperature: "In °C.",
  location_lat: "Latitude, in degrees.",
  location_long: "Longitude, in degrees.",

  // Dimensions.
  name: "The latest name in the source systems.",
  email: "The e-mail address.",
  vin: "The vehicle identification number.",
  make: "The vehicle's make.",
  model: "The vehicle's model.",
  valid_from: "When this version became valid, in UTC.",
  valid_to: "When this version ceased to be valid, in UTC; infinity: it still is.",
  is_current: "Whether this version is the latest.",
  year: "The year.",
  quarter: "The quarter, 1 to 4.",
  month: "The month; in a view, its first day.",
  month_name: "The month's name.",
  day: "The day of the month.",
  iso_week: "The week of ISO 8601.",
  weekday_name: "The name of the day of the week.",
  is_weekend: "Whether it is a Saturday or a Sunday.",
  // … of master data
  phone: "The phone number.",
  gender: "The gender, as the source gives it.",
  date_of_birth: "The date of birth.",
  address: "The street address.",
  city: "The city.",
  province: "The province.",
  postal_code: "The postal code.",
  country: "The country.",
  code: "The short code in the source systems.",
  color: "The colour.",
  engine_type: "The kind of engine.",
  fuel: "The fuel.",
  transmission: "The transmission.",
  manufactured: "When it was manufactured.",
  contact_name: "The contact person.",
  contact_email: "The e-mail address of the contact person.",
  contact_phone: "The phone number of the contact person.",
  member: "The member of the dimension.",
  stated_at: "When it was stated, in UTC.",
  dimension: "The dimension.",
  attribute: "The attribute of the dimension.",
  id: "The member's id.",
  key: "The object's key in the bucket, or a member's key.",
  forgotten_at: "When it was forgotten.",
  what: "What it is about.",
  told: "What was stated.",
  left_out: "What was not accepted.",

  // The ledger.
  status: "The state; of a file: loaded or failed.",
  bucket: "The bucket that the file was in.",
  bytes: "The file's size.",
  sha256: "SHA-256 of the file, as its writer recorded it.",
  etag: "S3's entity tag (ETag) of the file.",
  rows: "Rows of the file: facts, rejected rows and repeats.",
  facts: "Rows that became facts.",
  rejected: "Rows that were rejected, in rejected_rows.",
  repeats: "Rows that were already in the warehouse, unchanged.",
  loaded_at: "When the file was loaded.",
  consumer_group: "The consumer group that landed the file.",
  topic: "The topic that the file was landed from.",
  version: "The version of the schema.",
  applied_at: "When the version was applied.",

  // Views.
  dealer: "The dealer's name, or the id if no name is known.",
  supplier: "The supplier's name, or the id if no name is known.",
  type: "The event's type, or the kind of thing.",
  field: "The field of the event.",
  value: "The value, as it came.",
  files: "How many files have it.",
  first_file: "The first file that had it.",
  first_loaded_at: "When it was first loaded.",
  last_loaded_at: "When it was last loaded.",
  sales: "How many sales.",
  revenue: "Sum of the final prices.",
  discount: "Sum of the discounts.",
  average_price: "Average final price.",
  paid: "The amount that was paid.",
  pending: "The amount that is pending.",
  outstanding: "The amount still owed, never below 0; null if the price is not known.",
  coverage: "paid, part paid, unpaid or overpaid; null if the price is not known.",
  interactions: "How many contacts.",
  won: "How many were won.",
  lost: "How many were lost.",
  other: "How many have another state, or none.",
  conversion: "Won as a share of won and lost; null if none is decided.",
  as_of: "When it was counted, in UTC.",
  in_stock_since: "Since when it has been in stock, in UTC.",
  sold_at: "When it was sold, in UTC; null: not yet.",
  days: "For how many days it has been, or was, in stock.",
  ordered: "The quantity ordered.",
  received: "The quantity received.",
  returned: "The quantity returned.",
  received_cost: "The cost of the quantity received.",
  return_rate: "The share of deliveries that was returned; null if nothing was delivered.",
  last_seen: "When its latest reading was taken, in UTC.",
  hot: "Whether the engine is above 105 °C.",
  low_fuel: "Whether there is less than 10 % of fuel.",
  temperature_outlier: "Whether the temperature is far from the vehicle's earlier readings.",
  alerts: "What is wrong with it, in words.",
  events: "How many events were loaded in the last 24 h.",
  p50_seconds: "Half of them reached the warehouse within this many seconds.",
  p95_seconds: "19 of 20 reached the warehouse within this many seconds.",
  history: "How many rows are history, and only counted.",
};

/**
 * Gives every column of the schema `warehouse` that has no comment the one for its name.
 * Idempotent.
 *
 * @throws PostgreSQL's errors
 */
export async function commentColumns(client: pg.Client): Promise<void> {
  const { rows }: { rows: { relation: string; column: string }[] } = await client.query(
    `SELECT c.relname AS relation, a.attname AS column
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'warehouse'::regnamespace AND c.relkind IN ('r', 'p', 'v')
         AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL`,
  );
  const statements = rows.flatMap(({ relation, column }) => {
    const comment = commentOf(column);
    if (comment === undefined) return [];
    const place = [relation, column].map((name) => client.escapeIdentifier(name)).join(".");
    return [`COMMENT ON COLUMN warehouse.${place} IS ${client.escapeLiteral(comment)}`];
  });
  if (statements.length > 0) await client.query(statements.join(";\n"));
}

function commentOf(column: string): string | undefined {
  const from = [COLUMNS, meanings].find((texts) => Object.hasOwn(texts, column));
  return (from as Readonly<Record<string, string>> | undefined)?.[column];
}
