import { catalogue, type FileType, isType, type Type, types } from "../shared/catalogue/events.ts";
import { typeOfKey } from "../shared/formats/object_key.ts";
import { parsePlace, type Place } from "../shared/formats/place.ts";

/** The subject of a trace, as the user names it. */
export type Subject =
  | { readonly kind: "message"; readonly place: Place }
  | { readonly kind: "file"; readonly key: string; readonly type: FileType }
  | { readonly kind: "vehicle"; readonly vehicle: string }
  | { readonly kind: "event"; readonly eventId: string };

/** No other id is that long and has no dash. */
const VIN = /^[A-HJ-NPR-Z0-9]{17}$/;
const VEHICLE_ID = /^VEH-/;

/**
 * Interprets a name: `topic/partition/offset`, a file's key (or its name, or its `s3://`
 * address), a VIN or vehicle id, else an event id.
 */
export function subjectOf(text: string): Subject {
  const place = parsePlace(text);
  if (place) return { kind: "message", place };
  const key = text.replace(/^s3:\/\/[^/]+\//, "");
  const type = typeOfKey(key);
  if (type) {
    const isBare = !key.includes("/") && isType(type);
    return { kind: "file", type, key: isBare ? `${type}/${key}` : key };
  }
  if (VIN.test(text) || VEHICLE_ID.test(text)) return { kind: "vehicle", vehicle: text };
  return { kind: "event", eventId: text };
}

/** The types that may have an event id: the one whose prefix it has, else all. */
export function typesOfId(eventId: string): readonly Type[] {
  const found = types.filter((type) => eventId.startsWith(`${catalogue[type].prefix}-`));
  return found.length > 0 ? found : types;
}
