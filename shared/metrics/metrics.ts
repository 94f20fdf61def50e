import {
  catalogue,
  durationBounds,
  type MetricDefinition,
  type MetricName,
  type NameOf,
} from "./catalogue.ts";

/** Values of attributes, by their names. */
export type Attributes = Readonly<Record<string, string | number>>;

/** One value of a metric. */
export interface Point {
  readonly attributes: Attributes;
  readonly value: number;
}

/** How the values of a histogram are distributed. */
export interface Distribution {
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
  /** How many values are in each bucket, and behind the last bound. */
  readonly buckets: readonly number[];
}

/** A metric as it is now. */
export interface Reading {
  readonly name: MetricName;
  readonly definition: MetricDefinition;
  readonly bounds: readonly number[];
  /** Of a counter or gauge. */
  readonly points: readonly Point[];
  /** Of a histogram. */
  readonly distributions: readonly Distribution[];
}

/** Told of all that is counted, with its attributes in full. */
export interface Follower {
  /** A counter has grown by so much. */
  add(name: NameOf<"counter">, count: number, attributes: Attributes): void;
  /** A histogram has got a value. */
  record(name: NameOf<"histogram">, value: number, attributes: Attributes): void;
}

/**
 * The metrics of a program: counted here, read by those who export them. Recording costs a lookup in a
 * map, so count once a batch, not once a record.
 */
export class Metrics {
  readonly #sums = new Map<string, Map<string, { attributes: Attributes; value: number }>>();
  readonly #histograms = new Map<string, Map<string, Values>>();
  readonly #gauges = new Map<NameOf<"gauge">, () => Iterable<Point>>();
  #follower: Follower | undefined;

  /** @param constants attributes that are the same for all that this program records */
  constructor(private readonly constants: Attributes = {}) {}

  /** Adds to a counter. Adding 0 makes its point known before there is anything to count. */
  add(name: NameOf<"counter">, count: number, given: Attributes = {}): void {
    const { key, attributes } = this.#place(name, given);
    const points = atOrNew(this.#sums, name, () => new Map());
    const point = points.get(key);
    if (point) point.value += count;
    else points.set(key, { attributes, value: count });
    this.#follower?.add(name, count, attributes);
  }

  /** Takes a value into a histogram. */
  record(name: NameOf<"histogram">, value: number, given: Attributes = {}): void {
    const { key, attributes } = this.#place(name, given);
    const points = atOrNew(this.#histograms, name, () => new Map());
    const bounds = boundsOf(name);
    atOrNew(points, key, () => new Values(attributes, bounds)).take(value);
    this.#follower?.record(name, value, attributes);
  }

  /** Has a gauge read whenever somebody asks. */
  observe(name: NameOf<"gauge">, read: () => Iterable<Point>): void {
    this.#gauges.set(name, read);
  }

  /** Tells somebody of all that is counted from now on. */
  follow(follower: Follower): void {
    this.#follower = follower;
  }

  /** The metrics that this program records, as they are now, in the catalogue's order. */
  read(): Reading[] {
    const names = Object.keys(catalogue) as MetricName[];
    return names.flatMap((name) => {
      const definition: MetricDefinition = catalogue[name];
      const distributions = [...this.#histograms.get(name)?.values() ?? []];
      const points = this.points(name);
      if (points.length + distributions.length === 0) return [];
      return [{ name, definition, bounds: boundsOf(name), points, distributions }];
    });
  }

  /** The points of a counter or gauge now. */
  points(name: MetricName): Point[] {
    const sums = this.#sums.get(name);
    if (sums) return [...sums.values()].map(({ attributes, value }) => ({ attributes, value }));
    const read = this.#gauges.get(name as NameOf<"gauge">);
    if (!read) return [];
    return [...read()].map(({ attributes, value }) => ({
      attributes: this.#place(name, attributes).attributes,
      value,
    }));
  }

  /** The attributes in the catalogue's order, and what tells their values from others. */
  #place(name: MetricName, given: Attributes): { key: string; attributes: Attributes } {
    const definition: MetricDefinition = catalogue[name];
    const attributes: Record<string, string | number> = {};
    let key = "";
    for (const attribute of definition.attributes) {
      const value = given[attribute] ?? this.constants[attribute];
      if (value === undefined) continue;
      attributes[attribute] = value;
      key += `${attribute}=${value}\0`;
    }
    return { key, attributes };
  }
}

class Values implements Distribution {
  count = 0;
  sum = 0;
  readonly buckets: number[];

  constructor(readonly attributes: Attributes, private readonly bounds: readonly number[]) {
    this.buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  take(value: number): void {
    this.count++;
    this.sum += value;
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    this.buckets[bucket === -1 ? this.bounds.length : bucket]!++;
  }
}

function boundsOf(name: MetricName): readonly number[] {
  const definition: MetricDefinition = catalogue[name];
  return definition.bounds ?? durationBounds;
}

function atOrNew<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
