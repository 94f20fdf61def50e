import { catalogue, type Type } from "../shared/events.ts";

/** A dimension: the field that identifies its members, and its attributes with the field of each. */
export interface Dimension {
  readonly name: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether its members keep their former attributes (a type 2 dimension). */
  readonly history: boolean;
}

/**
 * The dimensions in the order in which every load observes them: each takes a lock, and two loads
 * that took them in different orders could wait for each other for ever.
 */
export const dimensions: readonly Dimension[] = [
  {
    name: "customer",
    id: "customer_id",
    attributes: { name: "customer_name", email: "email" },
    history: true,
  },
  {
    name: "vehicle",
    id: "vehicle_id",
    attributes: { vin: "vehicle_vin", make: "vehicle_make", model: "vehicle_model" },
    history: true,
  },
  { name: "dealer", id: "dealer_id", attributes: { name: "dealer_name" }, history: false },
  { name: "supplier", id: "supplier_id", attributes: { name: "supplier_name" }, history: false },
];

/** The dimensions that events of a type name a member of. */
export function dimensionsOf(type: Type): Dimension[] {
  return dimensions.filter(({ id }) => id in catalogue[type].fields);
}

/** The type's own fields that are columns of its fact table: those that describe no dimension. */
export function factFields(type: Type): string[] {
  const described = new Set(
    dimensionsOf(type).flatMap(({ id, attributes }) => [id, ...Object.values(attributes)]),
  );
  return Object.keys(catalogue[type].fields).filter((field) => !described.has(field));
}
