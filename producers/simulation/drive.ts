import type { Random } from "./random.ts";
import { cities, kilometres, type Place, type Route, routeBetween } from "./roads.ts";

/** What a car's unit reports. */
export interface Reading {
  /** In km/h. */
  readonly speed: number;
  /** In percent of the tank. */
  readonly fuel: number;
  /** In °C. */
  readonly temperature: number;
  readonly place: Place;
  /** From the reading before, in km, as the crow flies. */
  readonly distance: number;
}

/** A car on the road. */
export interface Drive {
  /**
   * Drives on and reports.
   *
   * @param micros the time of the reading, in microseconds since 1970
   * @param state.isFirst the car has stood until now
   * @param state.isFaulty its cooling fails: it gets hot, and stops
   */
  read(micros: number, state: { isFirst: boolean; isFaulty: boolean }): Reading;
}

/** Percent of the tank that a km takes: 650 km with a full one. */
const PER_KM = 0.155;
/** How fast a car accelerates and brakes, in km/h per second. */
const ACCELERATION = 8;
const BRAKING = 15;
/** Near a city one drives slowly, in km. */
const CITY_KM = 12;
/** The fastest, in km/h. */
const FASTEST = 125;
const AMBIENT = 22;
const NORMAL = 88;
/** A car this hot, in °C, is not driven any further. */
const TOO_HOT = 108;
const HOTTEST = 117;
/** How fast an engine gets warm, and cold, in s. */
const WARMING = 240;

/** A car that stands in a city, its tank half full or more. */
export function createDrive(random: Random, city: number): Drive {
  let route = routeFrom(city);
  let km = 0;
  let speed = 0;
  let fuel = random.between(50, 100);
  let temperature = AMBIENT;
  let last = 0;
  /** Readings that it stands for. */
  let standing = random.between(1, 2);
  let wantsToStop = false;
  let place = round(route.at(0));
  // Some drive on until the tank is all but empty.
  const reserve = random.chance(0.1) ? 5 : random.between(10, 25);

  return {
    read(micros, { isFirst, isFaulty }) {
      const seconds = isFirst ? 0 : Math.max(0, (micros - last) / 1e6);
      last = micros;
      if (isFirst) {
        speed = 0;
        standing = Math.max(standing, 1);
        temperature = AMBIENT;
      }
      const before = speed;
      const driven = move(seconds, isFaulty);
      fuel -= driven * PER_KM;
      if (speed === 0 && before === 0) stand(isFaulty);
      warm(seconds, isFaulty);
      const now = round(route.at(km));
      const distance = kilometres(place, now);
      place = now;
      return {
        speed: Math.round(speed * 10) / 10,
        fuel: Math.round(Math.max(0, fuel) * 10) / 10,
        temperature: Math.round(temperature * 10) / 10,
        place,
        distance,
      };
    },
  };

  /** @returns km: what the mean of the speeds before and after takes one in that time */
  function move(seconds: number, isFaulty: boolean): number {
    const hours = seconds / 3_600;
    if (hours === 0 || standing > 0) return 0;
    const before = speed;
    // What the next stretch may take: one does not run dry on the way to the next reading.
    const reach = Math.max(0, fuel - 1) / PER_KM;
    if (fuel < Math.max(reserve, FASTEST * hours * PER_KM * 1.5) || random.chance(0.02)) {
      wantsToStop = true;
    }
    if (isFaulty && temperature >= TOO_HOT) wantsToStop = true;
    const rest = Math.min(route.length - km, reach);
    const wanted = wantsToStop ? 0 : cruise();
    const [slowest, fastest] = [before - BRAKING * seconds, before + ACCELERATION * seconds];
    speed = Math.min(FASTEST, Math.max(0, slowest, Math.min(wanted, fastest)));
    let driven = (before + speed) / 2 * hours;
    if (driven > rest) {
      // It arrives: at such a speed that the mean of both fits, and stands at the next reading.
      speed = Math.max(0, 2 * rest / hours - before);
      driven = Math.min(rest, (before + speed) / 2 * hours);
    }
    km += driven;
    if (speed === 0) {
      wantsToStop = false;
      standing = random.between(2, 4);
    }
    return driven;
  }

  function cruise(): number {
    const isInCity = Math.min(km, route.length - km) < CITY_KM;
    return isInCity ? random.between(35, 65) : random.between(85, FASTEST - 5);
  }

  /** At a stop: one fills up, and drives on, from the end of the way to another city. */
  function stand(isFaulty: boolean): void {
    standing = Math.max(0, standing - 1);
    if (isFaulty && temperature > TOO_HOT - 2) {
      standing = 1;
      return;
    }
    if (standing > 0) return;
    if (fuel < Math.max(40, reserve + 20)) fuel = random.between(85, 100);
    if (route.length - km < 1e-6) {
      route = routeFrom(route.to);
      km = 0;
    }
  }

  function warm(seconds: number, isFaulty: boolean): void {
    if (isFaulty && temperature > 60) {
      temperature = Math.min(HOTTEST, temperature + random.between(5, 9));
      return;
    }
    const target = speed > 0 ? NORMAL + 9 * speed / FASTEST : standing > 0 ? AMBIENT : NORMAL - 6;
    const share = 1 - Math.exp(-seconds / WARMING);
    temperature += (target - temperature) * share + (speed > 0 ? random.next() - 0.5 : 0);
  }

  function routeFrom(from: number): Route {
    const to = random.below(cities.length - 1);
    return routeBetween(from, to >= from ? to + 1 : to);
  }
}

/** To a metre or so of what a unit knows, in degrees. */
function round([latitude, longitude]: Place): Place {
  return [Math.round(latitude * 1e6) / 1e6, Math.round(longitude * 1e6) / 1e6];
}
