import assert from "node:assert/strict";

/** A metric as Prometheus reads it from a scrape. */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** One line of it. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
};

/**
 * Reads Prometheus' text format, and is stricter than Prometheus: every sample follows its HELP and
 * TYPE, no series is given twice, buckets grow up to their count, counters are not negative.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parsePrometheus(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"), "the last line has to end");
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let name = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    if (help) {
      name = help[1]!;
      assert.match(name, NAME);
      assert.ok(!families.has(name), `${name} comes twice`);
      families.set(name, { type: "", help: help[2]!, samples: [] });
      continue;
    }
    const family = families.get(name);
    assert.ok(family, `before any HELP: ${line}`);
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      assert.equal(type[1], name);
      assert.equal(family.type, "", `${name} has two types`);
      family.type = type[2]!;
      continue;
    }
    const sample = readSample(line);
    assert.ok(family.type, `${name} has no type`);
    assert.ok(SUFFIXES[family.type]!.some((suffix) => sample.name === name + suffix), line);
    const series = line.slice(0, line.lastIndexOf(" "));
    assert.ok(!seen.has(series), `${series} comes twice`);
    seen.add(series);
    if (family.type !== "gauge") assert.ok(sample.value >= 0, line);
    family.samples.push(sample);
  }
  for (const [name, family] of families) {
    assert.ok(family.samples.length > 0, `${name} has no sample`);
    if (family.type === "histogram") checkBuckets(name, family);
  }
  return families;
}

/** The sum of a metric's samples that have these labels. */
export function valueOf(
  families: Map<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const [family] = [...families].filter(([known]) => name.startsWith(known)).map(([, it]) => it)
    .filter(({ samples }) => samples.some((sample) => sample.name === name));
  assert.ok(family, `there is no ${name}`);
  return family.samples.filter((sample) =>
    sample.name === name &&
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
  ).reduce((sum, { value }) => sum + value, 0);
}

function readSample(line: string): Sample {
  const [, name, inBraces, number] = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  assert.ok(name && number, `no sample: ${line}`);
  assert.match(name, NAME);
  const value = number === "+Inf" ? Infinity : Number(number);
  assert.ok(!Number.isNaN(value), line);
  return { name, labels: readLabels(inBraces), value };
}

function readLabels(text: string | undefined): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; text !== undefined && at < text.length;) {
    LABEL.lastIndex = at;
    const [all, name, value] = LABEL.exec(text) ?? [];
    assert.ok(all && name, `no label: ${text.slice(at)}`);
    assert.ok(!(name in labels), `${name} comes twice`);
    labels[name] = value!.replaceAll(/\\(.)/g, (_, c) => c === "n" ? "\n" : c);
    at += all.length;
  }
  return labels;
}

function checkBuckets(name: string, { samples }: Family): void {
  const key = ({ labels: { le: _, ...labels } }: Sample) => JSON.stringify(labels);
  for (const of of Map.groupBy(samples, key).values()) {
    const buckets = of.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => labels.le === "+Inf" ? Infinity : Number(labels.le));
    assert.deepEqual(bounds, bounds.toSorted((a, b) => a - b));
    assert.equal(bounds.at(-1), Infinity);
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
    assert.equal(counts.at(-1), of.find((one) => one.name === `${name}_count`)?.value);
    assert.ok(of.some((one) => one.name === `${name}_sum`));
  }
}
