import { catalogue, type Type } from "../../shared/catalogue/events.ts";

/**
 * A dimension: the field that identifies its members, and its attributes with the field of each.
 */
export interface Dimension {
  readonly name: string;
  readonly id: string;
  /** A second identifier, for members that events name without an id. */
  readonly otherId?: OtherId;
  /** What events say about a member; master data says more. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether its members keep their former attributes (a type 2 dimension). */
  readonly history: boolean;
}

/** An attribute that identifies a member besides its id. */
export interface OtherId {
  readonly attribute: string;
  /** SQL that cleans a stated value; null if it identifies nobody. */
  readonly clean: (sql: string) => string;
  /** SQL of a stated value's key in `warehouse.known_by`. */
  readonly key: (sql: string) => string;
  /** The prefix of `member` for members without an id. */
  readonly prefix: string;
}

const vinOf = (sql: string) => `warehouse.vin_of(${sql})`;
const emailOf = (sql: string) => `warehouse.email_of(${sql})`;

/**
 * The dimensions in the order in which every load observes them: members are locked, and two loads
 * that locked them in different orders could deadlock.
 */
export const dimensions: readonly Dimension[] = [
  {
    name: "customer",
    id: "customer_id",
    otherId: {
      attribute: "email",
      clean: emailOf,
      key: (sql) => `lower(${emailOf(sql)})`,
      prefix: "email:",
    },
    attributes: { name: "customer_name", email: "email" },
    history: true,
  },
  {
    name: "vehicle",
    id: "vehicle_id",
    otherId: { attribute: "vin", clean: vinOf, key: vinOf, prefix: "vin:" },
    attributes: { vin: "vehicle_vin", make: "vehicle_make", model: "vehicle_model" },
    history: true,
  },
  { name: "dealer", id: "dealer_id", attributes: { name: "dealer_name" }, history: false },
  { name: "supplier", id: "supplier_id", attributes: { name: "supplier_name" }, history: false },
];

/** The dimensions that events of a type refer to. */
export function dimensionsOf(type: Type): Dimension[] {
  return dimensions.filter(({ id }) => id in catalogue[type].fields);
}

/** The attributes of a dimension that events of a type carry, with the field of each. */
export function toldOf(
  type: Type,
  { attributes }: Dimension,
): [attribute: string, field: string][] {
  return Object.entries(attributes).filter(([, field]) => field in catalogue[type].fields);
}

/** The type's own fields that are columns of its fact table: those that describe no dimension. */
export function factFields(type: Type): string[] {
  const described = new Set(
    dimensionsOf(type).flatMap(({ id, attributes }) => [id, ...Object.values(attributes)]),
  );
  return Object.keys(catalogue[type].fields).filter((field) => !described.has(field));
}
