/**
 * Other writers' names for the fields of a type, in files and in events: the loader takes such a
 * column for the field where that is empty. Nothing is guessed beyond these; what is left goes to
 * `extra`.
 */
export const aliases: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  payments: {
    payment_id: ["transaction_id"],
    payment_date: ["transaction_date"],
    payment_amount: ["amount"],
    payment_status: ["status"],
  },
  interactions: {
    interaction_type: ["type"],
    // The event's own time stands in for it, and stays what it is.
    interaction_date: ["timestamp", "created_date"],
    notes: ["subject"],
  },
  procurement: {
    procurement_id: ["po_id"],
    supplier_id: ["vendor_id"],
    procurement_date: ["po_date"],
    cost_price: ["cost", "amount"],
    procurement_status: ["status"],
  },
  telemetry: {
    telemetry_id: ["device_id"],
  },
  customers: {
    postal_code: ["zip_code", "zip"],
    created_at: ["created_date"],
  },
  vehicles: {
    status: ["vehicle_status"],
  },
  dealers: {
    dealer_name: ["name"],
  },
  suppliers: {
    contact_name: ["contact_person"],
    contact_email: ["email"],
    contact_phone: ["phone"],
    postal_code: ["zip_code", "zip"],
  },
};

/** A name normalised for comparison: case, blanks, hyphens and underscores do not matter. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** Several fields taken from one column, or one from several. */
export interface Derivation {
  /** The columns, each with its other names. */
  readonly from: readonly (readonly string[])[];
  /** The fields that they may fill, if these are empty. */
  readonly into: readonly string[];
  /** What the cells say, for messages and documents. */
  readonly about: string;
  /** The texts of the fields; undefined if the cells hold none. */
  readonly read: (...cells: string[]) => Readonly<Record<string, string>> | undefined;
}

/** What a sensor may be called besides the name of the field. */
const SENSORS: Readonly<Record<string, string>> = {
  speed: "speed",
  fuel: "fuel_level",
  fuellevel: "fuel_level",
  enginetemp: "engine_temperature",
  enginetemperature: "engine_temperature",
};

/** The fields of a type that other writers combine or split differently. */
export const derivations: Readonly<Record<string, readonly Derivation[]>> = {
  telemetry: [
    {
      from: [["sensor_type", "reading_type"], ["sensor_value", "reading_value"]],
      into: ["speed", "fuel_level", "engine_temperature"],
      about: "the reading of that sensor",
      read(sensor, value) {
        const field = SENSORS[plainName(sensor!)];
        return field === undefined ? undefined : { [field]: value! };
      },
    },
    {
      from: [["location"]],
      into: ["location_lat", "location_long"],
      about: "latitude and longitude",
      read: (place) => readPlace(place!),
    },
  ],
  customers: [{
    from: [["name"]],
    into: ["first_name", "last_name"],
    about: "the first word, and the rest",
    read(name) {
      const [, first, last = ""] = /^\s*(\S+)(?:\s+(.*\S))?\s*$/.exec(name!) ?? [];
      return first === undefined ? undefined : { first_name: first, last_name: last };
    },
  }],
};

const PLACE = /^\s*\(?\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*\)?\s*$/;

/** `-26.2, 28.04`, or an object with the two. */
function readPlace(text: string): Record<string, string> | undefined {
  const [, lat, long] = PLACE.exec(text) ?? [];
  if (lat !== undefined) return { location_lat: lat, location_long: long! };
  if (!text.startsWith("{")) return undefined;
  try {
    const place = JSON.parse(text);
    const north = place.lat ?? place.latitude;
    const east = place.long ?? place.lon ?? place.lng ?? place.longitude;
    if (typeof north !== "number" || typeof east !== "number") return undefined;
    return { location_lat: String(north), location_long: String(east) };
  } catch {
    return undefined;
  }
}
