import { createRandom, type Random, randomOf, type RandomState } from "./random.ts";
import { cities, type Place, routeBetween } from "./roads.ts";

/** What a car's unit reports. */
export interface Reading {
  /** In km/h. */
  readonly speed: number;
  /** In percent of the tank. */
  readonly fuel: number;
  /** In °C. */
  readonly temperature: number;
  readonly place: Place;
}

/** How a car is driven: plain values, which can be kept. */
export interface Drive {
  readonly chance: RandomState;
  /** The cities that its way goes between. */
  from: number;
  to: number;
  /** How far along it is. */
  km: number;
  speed: number;
  fuel: number;
  temperature: number;
  /** When it was read last, in microseconds since 1970. */
  last: number;
  /** Readings that it stands for. */
  standing: number;
  wantsToStop: boolean;
  /** One stops for fuel when so much is left. */
  readonly reserve: number;
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
export function startDrive(seed: number, city: number): Drive {
  const random = createRandom(seed);
  return {
    chance: random.state,
    from: city,
    to: cityBeyond(city, random),
    km: 0,
    speed: 0,
    fuel: random.between(50, 100),
    temperature: AMBIENT,
    last: 0,
    standing: random.between(1, 2),
    wantsToStop: false,
    // Some drive on until the tank is all but empty.
    reserve: random.chance(0.1) ? 5 : random.between(10, 25),
  };
}

/**
 * Drives on and reports.
 *
 * @param micros the time of the reading, in microseconds since 1970
 * @param state.isFirst the car has stood until now
 * @param state.isFaulty its cooling fails: it gets hot, and stops
 */
export function readDrive(
  drive: Drive,
  micros: number,
  { isFirst, isFaulty }: { isFirst: boolean; isFaulty: boolean },
): Reading {
  const random = randomOf(drive.chance);
  const seconds = isFirst ? 0 : Math.max(0, (micros - drive.last) / 1e6);
  drive.last = micros;
  if (isFirst) {
    drive.speed = 0;
    drive.standing = Math.max(drive.standing, 1);
    drive.temperature = AMBIENT;
  }
  const before = drive.speed;
  drive.fuel -= move(drive, seconds, { random, isFaulty }) * PER_KM;
  if (drive.speed === 0 && before === 0) stand(drive, { random, isFaulty });
  warm(drive, seconds, { random, isFaulty });
  return {
    speed: Math.round(drive.speed * 10) / 10,
    fuel: Math.round(Math.max(0, drive.fuel) * 10) / 10,
    temperature: Math.round(drive.temperature * 10) / 10,
    place: round(routeBetween(drive.from, drive.to).at(drive.km)),
  };
}

interface Driving {
  readonly random: Random;
  readonly isFaulty: boolean;
}

/** @returns km: what the mean of the speeds before and after takes one in that time */
function move(drive: Drive, seconds: number, { random, isFaulty }: Driving): number {
  const hours = seconds / 3_600;
  if (hours === 0 || drive.standing > 0) return 0;
  const { speed: before, fuel, reserve, temperature } = drive;
  // What the next stretch may take: one does not run dry on the way to the next reading.
  const reach = Math.max(0, fuel - 1) / PER_KM;
  if (fuel < Math.max(reserve, FASTEST * hours * PER_KM * 1.5) || random.chance(0.02)) {
    drive.wantsToStop = true;
  }
  if (isFaulty && temperature >= TOO_HOT) drive.wantsToStop = true;
  const left = routeBetween(drive.from, drive.to).length - drive.km;
  const rest = Math.min(left, reach);
  const wanted = drive.wantsToStop ? 0 : cruise(Math.min(drive.km, left), random);
  const [slowest, fastest] = [before - BRAKING * seconds, before + ACCELERATION * seconds];
  drive.speed = Math.min(FASTEST, Math.max(0, slowest, Math.min(wanted, fastest)));
  let driven = (before + drive.speed) / 2 * hours;
  if (driven > rest) {
    // It arrives: at such a speed that the mean of both fits, and stands at the next reading.
    drive.speed = Math.max(0, 2 * rest / hours - before);
    driven = Math.min(rest, (before + drive.speed) / 2 * hours);
  }
  drive.km += driven;
  if (drive.speed === 0) {
    drive.wantsToStop = false;
    drive.standing = random.between(2, 4);
  }
  return driven;
}

/** @param km to the nearer end of the way */
function cruise(km: number, random: Random): number {
  return km < CITY_KM ? random.between(35, 65) : random.between(85, FASTEST - 5);
}

/** At a stop: one fills up, and drives on, from the end of the way to another city. */
function stand(drive: Drive, { random, isFaulty }: Driving): void {
  drive.standing = Math.max(0, drive.standing - 1);
  if (isFaulty && drive.temperature > TOO_HOT - 2) {
    drive.standing = 1;
    return;
  }
  if (drive.standing > 0) return;
  if (drive.fuel < Math.max(40, drive.reserve + 20)) drive.fuel = random.between(85, 100);
  if (routeBetween(drive.from, drive.to).length - drive.km < 1e-6) {
    drive.from = drive.to;
    drive.to = cityBeyond(drive.from, random);
    drive.km = 0;
  }
}

function warm(drive: Drive, seconds: number, { random, isFaulty }: Driving): void {
  const { speed, standing, temperature } = drive;
  if (isFaulty && temperature > 60) {
    drive.temperature = Math.min(HOTTEST, temperature + random.between(5, 9));
    return;
  }
  const target = speed > 0 ? NORMAL + 9 * speed / FASTEST : standing > 0 ? AMBIENT : NORMAL - 6;
  const share = 1 - Math.exp(-seconds / WARMING);
  drive.temperature += (target - temperature) * share + (speed > 0 ? random.next() - 0.5 : 0);
}

/** Where a way goes that begins in a city. */
function cityBeyond(from: number, random: Random): number {
  const to = random.below(cities.length - 1);
  return to >= from ? to + 1 : to;
}

/** To a metre or so of what a unit knows, in degrees. */
function round([latitude, longitude]: Place): Place {
  return [Math.round(latitude * 1e6) / 1e6, Math.round(longitude * 1e6) / 1e6];
}
