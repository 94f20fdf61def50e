import type { Event } from "../../shared/events.ts";
import { beginEvent, type Context } from "./context.ts";

/** The next reading of a vehicle, in km/h, percent, °C and degrees, near the dealer it came from. */
export function generateTelemetry(context: Context): Event<"telemetry"> {
  const { faker, market } = context;
  const head = beginEvent("telemetry", context);
  const vehicle = faker.helpers.arrayElement(market.vehicles);
  const driving = faker.datatype.boolean(0.75);
  const near = (degrees: number) =>
    faker.number.float({ min: degrees - 0.2, max: degrees + 0.2, fractionDigits: 6 });
  return {
    ...head,
    telemetry_id: head.event_id,
    vehicle_id: vehicle.id,
    vehicle_vin: vehicle.vin,
    speed: driving ? faker.number.float({ min: 5, max: 140, fractionDigits: 1 }) : 0,
    fuel_level: faker.number.float({ min: 3, max: 100, fractionDigits: 1 }),
    engine_temperature: driving
      ? faker.number.float({ min: 78, max: 108, fractionDigits: 1 })
      : faker.number.float({ min: 15, max: 60, fractionDigits: 1 }),
    location_lat: near(vehicle.dealer.latitude),
    location_long: near(vehicle.dealer.longitude),
  };
}
