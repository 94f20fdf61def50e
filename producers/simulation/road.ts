import type { Event } from "../../shared/catalogue/events.ts";
import type { Car, Company } from "./company.ts";
import { type Drive, readDrive, startDrive } from "./drive.ts";
import { mix } from "./random.ts";
import type { Showroom } from "./showroom.ts";

/** Cars that are on the road at the same time. */
const ON_ROAD = 4;
/** Readings after which a car stays at home for a while. */
const READINGS = [40, 120] as const;
/** Readings from the first sign of a fault to the last. */
const FAULTY = 7;

interface Ride {
  readonly car: Car;
  readonly drive: Drive;
  /** Readings until now, and in all. */
  done: number;
  readonly readings: number;
  readonly hasFault: boolean;
}

/** The sold cars: a few are on the road at a time, and report in turn. */
export interface Road {
  /**
   * The next reading of the car whose turn it is.
   *
   * @param at the time of the reading; without it, no event is made, and no car moves
   * @param micros the same as a number
   */
  next(round: number, at: string | undefined, micros: number): Event<"telemetry"> | undefined;
}

/**
 * Sends cars on the road. Which cars, and which of them get a fault, belongs to the business; how they
 * drive has a chance of its own, as it goes by the clock, which nothing else does.
 *
 * @param seed of the drives
 */
export function createRoad(company: Company, showroom: Showroom, seed: number): Road {
  const { random, sold } = company;
  const rides = company.memory.list<Ride>("rides");
  const drives = company.memory.values("drives", { count: 0 });

  return {
    next(round, at, micros) {
      const ride = next(round);
      const isFaulty = ride.hasFault && ride.done >= ride.readings - FAULTY;
      const isFirst = ride.done++ === 0;
      if (at === undefined) return undefined;
      const { speed, fuel, temperature, place } = readDrive(ride.drive, micros, {
        isFirst,
        isFaulty,
      });
      const id = company.id("TEL", round);
      return {
        event_type: "telemetry",
        event_id: id,
        timestamp: at,
        telemetry_id: id,
        vehicle_id: ride.car.id,
        vehicle_vin: ride.car.vin,
        speed,
        fuel_level: fuel,
        engine_temperature: temperature,
        location_lat: place[0],
        location_long: place[1],
      };
    },
  };

  function next(round: number): Ride {
    if (rides.length < ON_ROAD) {
      const car = pickCar();
      if (car) rides.push(start(car));
    }
    const place = round % rides.length;
    const ride = rides[place]!;
    if (ride.done < ride.readings) return ride;
    ride.car.isOnRoad = false;
    if (ride.hasFault) showroom.expect(round + random.between(1, 40), ride.car);
    return rides[place] = start(pickCar() ?? ride.car);
  }

  /** One of the last that were sold, while there are few; it has an owner, and stands at home. */
  function pickCar(): Car | undefined {
    for (let tries = 0; tries < 5 && sold.length > 0; tries++) {
      const car = random.pick(sold);
      if (car.owner && !car.isOnRoad) return car;
    }
    return undefined;
  }

  function start(car: Car): Ride {
    car.isOnRoad = true;
    const drive = car.drive ??= startDrive(mix(seed, drives.count++), car.dealer.city);
    const [least, most] = READINGS;
    return {
      car,
      drive,
      done: 0,
      readings: random.between(least, most),
      hasFault: random.chance(0.08),
    };
  }
}
