import { catalogue, envelope, type Type } from "../shared/catalogue/events.ts";
import {
  amount,
  id,
  integer,
  type Kind,
  note,
  number,
  timestamp,
} from "../shared/catalogue/fields.ts";
import { type Field, meanings } from "../shared/catalogue/meanings.ts";

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

/** The dialect of JSON Schema that the schemas are written in. */
export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** The schema of an event of a type, as the producers write it; other writers may leave fields out. */
export function eventSchema(type: Type): Schema {
  const { fields, prefix, idField } = catalogue[type];
  const kinds: Record<string, Kind> = { ...envelope, ...fields };
  const own: Record<string, Schema> = {
    event_type: { const: type },
    event_id: { type: "string", pattern: `^${prefix}-[0-9A-F]{8}$` },
    [idField]: { type: "string", pattern: `^${prefix}-[0-9A-F]{8}$` },
  };
  return {
    $schema: DIALECT,
    $id: `urn:automotive:event:${type}`,
    title: type,
    type: "object",
    properties: Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [
        name,
        { ...own[name] ?? fieldSchema(kind), description: meanings[name as Field] },
      ]),
    ),
    required: Object.keys(kinds),
    // The consumer keeps fields that it does not know.
    additionalProperties: true,
  };
}

function fieldSchema(kind: Kind): Schema {
  if (kind.values) return { type: "string", enum: kind.values };
  if (kind === id) return { type: "string", minLength: 1, maxLength: 64 };
  if (kind === note) return { type: "string", maxLength: 512 };
  if (kind === timestamp) {
    return { type: "string", pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$` };
  }
  if (kind === amount) return { type: "number", minimum: 0 };
  if (kind === integer) return { type: "integer", minimum: 0, maximum: 2 ** 31 - 1 };
  if (kind === number) return { type: "number" };
  return { type: "string" };
}
