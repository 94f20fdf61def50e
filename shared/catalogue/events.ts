import {
  amount,
  id,
  integer,
  type Kind,
  note,
  number,
  oneOf,
  perhaps,
  text,
  timestamp,
  type ValueOf,
} from "./fields.ts";

/** What the system knows about one type of event. */
export interface EventType<Fields extends Record<string, Kind> = Record<string, Kind>> {
  /** Ids look like `PREFIX-A1B2C3D4`. */
  readonly prefix: string;
  /** The field that repeats `event_id`. */
  readonly idField: string;
  /** The field whose value is the Kafka message key. */
  readonly key: string;
  /** The type's own fields, in the order of their columns. */
  readonly fields: Fields;
  /**
   * Columns that its files have although no row fills them: downstream programs reject a file
   * without.
   */
  readonly required: readonly string[];
}

const dealer = { dealer_id: id, dealer_name: text };
const vehicle = { vehicle_id: id, vehicle_vin: id };
const paymentMethod = oneOf(["Credit Card", "Bank Transfer", "Debit Card", "Check"]);

/**
 * The catalogue: the only place that knows an event type. Types, validation, CSV columns and
 * staging columns come from it; its keys are also the folders in the bucket.
 */
export const catalogue = {
  sales: define("SALE", "sale_id", "customer_id", {
    sale_id: id,
    sale_date: timestamp,
    customer_id: id,
    customer_name: text,
    email: text,
    ...vehicle,
    ...dealer,
    sale_price: amount,
    discount_amount: amount,
    final_price: amount,
    sale_channel: oneOf(["Dealership", "Online", "Auction", "Private"]),
    sale_status: oneOf(["Completed", "Pending", "Cancelled"]),
    payment_method: paymentMethod,
  }),
  payments: define("PAY", "payment_id", "sale_id", {
    payment_id: id,
    sale_id: id,
    customer_id: id,
    payment_date: timestamp,
    payment_amount: amount,
    payment_method: paymentMethod,
    payment_status: oneOf(["Paid", "Pending", "Failed", "Refunded"], {
      Completed: "Paid",
      Cancelled: "Failed",
    }),
    transaction_reference: id,
  }),
  interactions: define("INT", "interaction_id", "customer_id", {
    interaction_id: id,
    customer_id: id,
    customer_name: text,
    dealer_id: id,
    interaction_date: timestamp,
    interaction_type: oneOf(["Phone", "Email", "Chat", "In-Person"]),
    interaction_channel: oneOf(["Sales", "Support", "Marketing"]),
    outcome: oneOf(["Won", "Lost", "Pending", "Cancelled"]),
    duration_minutes: integer,
    notes: note,
  }, ["customer_id"]),
  inventory: define("INV", "inventory_id", "dealer_id", {
    inventory_id: id,
    ...vehicle,
    vehicle_make: text,
    vehicle_model: text,
    ...dealer,
    quantity: integer,
    stock_status: oneOf(["In Stock", "Out of Stock", "Coming Soon"]),
    last_updated: timestamp,
  }, ["vehicle_id"]),
  procurement: define("PROC", "procurement_id", "supplier_id", {
    procurement_id: id,
    ...vehicle,
    vehicle_make: text,
    supplier_id: id,
    supplier_name: text,
    dealer_id: id,
    cost_price: amount,
    procurement_date: timestamp,
    procurement_status: oneOf(["Ordered", "Received", "Returned"], {
      Delivered: "Received",
      Completed: "Received",
      Pending: "Ordered",
    }),
    quantity: integer,
  }, ["supplier_id"]),
  telemetry: define("TEL", "telemetry_id", "vehicle_vin", {
    telemetry_id: id,
    ...vehicle,
    speed: number,
    fuel_level: number,
    engine_temperature: number,
    location_lat: number,
    location_long: number,
  }),
};

function define<F extends Record<string, Kind>>(
  prefix: string,
  idField: keyof F & string,
  key: keyof F & string,
  fields: F,
  required: readonly (keyof F & string)[] = [],
): EventType<F> {
  return { prefix, idField, key, fields, required };
}

/** The name of an event type: also its folder in the bucket. */
export type Type = keyof typeof catalogue;

/** An event of a type, as it travels as JSON; of several types, the union of their events. */
export type Event<T extends Type = Type> = T extends Type ?
    & { event_type: T; event_id: string; timestamp: string }
    & {
      [F in keyof (typeof catalogue)[T]["fields"]]: ValueOf<(typeof catalogue)[T]["fields"][F]>;
    }
  : never;

/** The event types in the order of the catalogue. */
export const types = Object.keys(catalogue) as Type[];

/** Whether a name is an event type of the catalogue. */
export function isType(name: string): name is Type {
  return Object.hasOwn(catalogue, name);
}

/** What the system knows about one kind of master data. */
export interface MasterRecord<Fields extends Record<string, Kind> = Record<string, Kind>> {
  /** The field that identifies a member of the dimension. */
  readonly idField: string;
  /** What identifies a member where a row gives no id. */
  readonly otherId?: string;
  /** The fields, in the order of their columns. */
  readonly fields: Fields;
}

/**
 * The master data: what describes customers, vehicles, dealers and suppliers. It comes in files
 * only, no system of ours publishes it, and it has no topic. A cell that is not what it should be
 * is no reason to do without a customer: such fields are read where they can be, and judged one by
 * one by the warehouse.
 */
export const masterData = {
  customers: {
    idField: "customer_id",
    otherId: "email",
    fields: {
      customer_id: id,
      first_name: text,
      last_name: text,
      email: text,
      phone: text,
      date_of_birth: perhaps(timestamp),
      gender: text,
      street_number: text,
      street_name: text,
      suburb: text,
      city: text,
      province: text,
      postal_code: text,
      country: text,
      status: text,
      created_at: perhaps(timestamp),
      updated_at: perhaps(timestamp),
    },
  },
  vehicles: {
    idField: "vehicle_id",
    otherId: "vin",
    fields: {
      vehicle_id: id,
      vin: text,
      make: text,
      model: text,
      year: perhaps(integer),
      color: text,
      engine_type: text,
      transmission: text,
      fuel_type: text,
      manufacture_country: text,
      manufacture_date: perhaps(timestamp),
      dealer_id: text,
      status: text,
      created_at: perhaps(timestamp),
      updated_at: perhaps(timestamp),
    },
  },
  dealers: {
    idField: "dealer_id",
    fields: {
      dealer_id: id,
      dealer_name: text,
      dealer_code: text,
      street_number: text,
      street_name: text,
      location: text,
      city: text,
      province: text,
      postal_code: text,
      country: text,
      phone: text,
      email: text,
      contact_email: text,
      dealer_type: text,
      status: text,
      created_at: perhaps(timestamp),
      updated_at: perhaps(timestamp),
    },
  },
  suppliers: {
    idField: "supplier_id",
    fields: {
      supplier_id: id,
      supplier_name: text,
      contact_name: text,
      contact_email: text,
      contact_phone: text,
      city: text,
      province: text,
      postal_code: text,
      country: text,
      supplier_type: text,
      status: text,
      created_at: perhaps(timestamp),
      updated_at: perhaps(timestamp),
    },
  },
} satisfies Record<string, MasterRecord>;

/** The name of a kind of master data. */
export type MasterType = keyof typeof masterData;

/** What a file of the raw bucket can be of: events, or master data. */
export type FileType = Type | MasterType;

/** The kinds of master data, in the order of the catalogue. */
export const masterTypes = Object.keys(masterData) as MasterType[];

/** Everything that a file can be of: the event types, then the master data. */
export const fileTypes: readonly FileType[] = [...types, ...masterTypes];

/** Whether a name is a kind of master data. */
export function isMasterType(name: string): name is MasterType {
  return Object.hasOwn(masterData, name);
}

/** Whether a name is something that a file can be of. */
export function isFileType(name: string): name is FileType {
  return isType(name) || isMasterType(name);
}

/** What the catalogue says about the rows of a file. */
export function recordOf(type: FileType): MasterRecord {
  return isMasterType(type) ? masterData[type] : catalogue[type];
}

/** The fields that every event starts with. */
export const envelope = { event_type: text, event_id: id, timestamp } as const;

/** The columns that a type's files may have, in order: the envelope, then its own fields. */
export function columnsOf(type: FileType): string[] {
  return [...Object.keys(envelope), ...Object.keys(recordOf(type).fields)];
}

/** The Kafka topic of a type. */
export function topicOf(type: Type, prefix = ""): string {
  return `${prefix}${type}_topic`;
}

/** The type whose events a topic holds; undefined if it is not one of ours. */
export function typeOfTopic(topic: string, prefix = ""): Type | undefined {
  return types.find((type) => topicOf(type, prefix) === topic);
}

/** The Kafka topic of events that cannot be landed. */
export function deadLetterTopic(prefix = ""): string {
  return `${prefix}dead_letter_topic`;
}
