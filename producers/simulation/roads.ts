/** A place, in degrees. */
export type Place = readonly [latitude: number, longitude: number];

/** Where a dealer stands, and where drives begin and end. */
export interface City {
  readonly name: string;
  readonly place: Place;
}

/** A way along roads from one city to another. */
export interface Route {
  readonly from: number;
  readonly to: number;
  /** In km. */
  readonly length: number;
  /** The position after this many km. */
  at(km: number): Place;
}

/** The cities, each some streets inland where it lies at the sea. */
export const cities: readonly City[] = [
  { name: "Johannesburg", place: [-26.2041, 28.0473] },
  { name: "Pretoria", place: [-25.7479, 28.2293] },
  { name: "Cape Town", place: [-33.925, 18.525] },
  { name: "Durban", place: [-29.842, 30.96] },
  { name: "Gqeberha", place: [-33.91, 25.53] },
  { name: "Bloemfontein", place: [-29.0852, 26.1596] },
  { name: "Polokwane", place: [-23.9045, 29.4689] },
  { name: "Mbombela", place: [-25.4753, 30.9694] },
];

const [JOHANNESBURG, PRETORIA, CAPE_TOWN, DURBAN, GQEBERHA, BLOEMFONTEIN, POLOKWANE, MBOMBELA] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7],
] as [number, number, number, number, number, number, number, number];

/** Where N1 and N9 fork. */
const COLESBERG: Place = [-30.72, 25.1];

/**
 * The national roads between neighbours, by towns on the way: between two of them they are
 * straight.
 */
const roads: readonly [from: number, to: number, ...way: Place[]][] = [
  [JOHANNESBURG, PRETORIA, [-26.06, 28.11], [-25.87, 28.19]],
  [PRETORIA, POLOKWANE, [-25.4, 28.28], [-24.885, 28.295], [-24.52, 28.71], [-24.194, 29.01]],
  [PRETORIA, MBOMBELA, [-25.874, 29.233], [-25.775, 29.465], [-25.69, 30.04], [-25.62, 30.3]],
  [
    ...[JOHANNESBURG, DURBAN] as const,
    ...[[-26.504, 28.359], [-27.03, 28.6], [-27.5, 28.9], [-28.28, 29.13]] as Place[],
    ...[[-28.55, 29.78], [-29.01, 29.87], [-29.35, 30.0], [-29.62, 30.4], [
      -29.75,
      30.7,
    ]] as Place[],
  ],
  [
    ...[JOHANNESBURG, BLOEMFONTEIN] as const,
    ...[[-26.5, 27.87], [-26.88, 27.45], [-27.65, 27.23], [-28.3, 27.05], [
      -28.52,
      27.01,
    ]] as Place[],
  ],
  [
    ...[BLOEMFONTEIN, GQEBERHA] as const,
    ...[[-29.8, 25.75], COLESBERG, [-31.49, 25.0], [-32.16, 25.62], [-32.75, 25.8]] as Place[],
    ...[[-33.2, 25.55], [-33.7, 25.5]] as Place[],
  ],
  [
    ...[BLOEMFONTEIN, CAPE_TOWN] as const,
    ...[[-29.8, 25.75], COLESBERG, [-31.07, 24.44], [-31.42, 23.94], [-32.357, 22.583]] as Place[],
    ...[[-33.2, 20.85], [-33.48, 20.0], [-33.65, 19.45], [-33.73, 18.97]] as Place[],
  ],
];

/** The distance between two places on the globe, in km (haversine). */
export function kilometres([lat1, long1]: Place, [lat2, long2]: Place): number {
  const radians = Math.PI / 180;
  const half = (degrees: number) => Math.sin(degrees * radians / 2) ** 2;
  const a = half(lat2 - lat1) +
    Math.cos(lat1 * radians) * Math.cos(lat2 * radians) * half(long2 - long1);
  return 2 * 6371 * Math.asin(Math.sqrt(a));
}

const neighbours = cities.map((_, from) =>
  roads.flatMap(([a, b, ...way]) =>
    a === from ? [{ to: b, way }] : b === from ? [{ to: a, way: way.toReversed() }] : []
  )
);

/** How far a degree is taken to be as long, in km. */
const STRAIGHT_KM = 10;

const routes = new Map<number, Route>();

/** The way from one city to another. The roads are a tree: there is one. */
export function routeBetween(from: number, to: number): Route {
  const key = from * cities.length + to;
  let route = routes.get(key);
  if (!route) routes.set(key, route = createRoute(from, to));
  return route;
}

function createRoute(from: number, to: number): Route {
  const places = refine(wayTo(from, to, -1)!);
  const marks = [0];
  for (let i = 1; i < places.length; i++) {
    marks.push(marks[i - 1]! + kilometres(places[i - 1]!, places[i]!));
  }
  const length = marks[marks.length - 1]!;
  return {
    from,
    to,
    length,
    at(km) {
      let [next, last] = [1, places.length - 1];
      while (next < last) {
        const middle = (next + last) >> 1;
        if (marks[middle]! < km) next = middle + 1;
        else last = middle;
      }
      const [begin, end] = [marks[next - 1]!, marks[next]!];
      const share = Math.min(1, Math.max(0, (km - begin) / (end - begin)));
      const [[lat1, long1], [lat2, long2]] = [places[next - 1]!, places[next]!];
      return [lat1 + (lat2 - lat1) * share, long1 + (long2 - long1) * share];
    },
  };
}

/** Puts places in between: a degree is not as long everywhere, and far-off places hide that. */
function refine(places: readonly Place[]): Place[] {
  return places.flatMap(([lat, long], index) => {
    const next = places[index + 1];
    if (!next) return [[lat, long]];
    const parts = Math.ceil(kilometres([lat, long], next) / STRAIGHT_KM);
    return Array.from({ length: parts }, (_, i): Place => [
      lat + (next[0] - lat) * i / parts,
      long + (next[1] - long) * i / parts,
    ]);
  });
}

function wayTo(from: number, to: number, notTo: number): Place[] | undefined {
  const here = cities[from]!.place;
  if (from === to) return [here];
  for (const { to: next, way } of neighbours[from]!) {
    const rest = next === notTo ? undefined : wayTo(next, to, from);
    if (rest) return [here, ...way, ...rest];
  }
  return undefined;
}
