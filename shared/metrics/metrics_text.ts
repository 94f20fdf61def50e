import type { MetricDefinition } from "./catalogue.ts";
import type { Attributes, Metrics, Reading } from "./metrics.ts";

/** The content type of {@linkcode metricsText}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Metrics in Prometheus' text format, named as OpenTelemetry's Prometheus exporter names them.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function metricsText(metrics: Metrics): string {
  return metrics.read().flatMap(linesOf).map((line) => `${line}\n`).join("");
}

/** The answer to a scrape. */
export function metricsResponse(metrics: Metrics): Response {
  return new Response(metricsText(metrics), { headers: { "Content-Type": METRICS_TYPE } });
}

/** What Prometheus calls a unit of UCUM. */
const UNITS: Readonly<Record<string, string>> = { s: "seconds", By: "bytes" };

/**
 * The name that Prometheus has for a metric: no dots, the unit at the end, and `_total` behind that of
 * a counter.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function prometheusName(name: string, { kind, unit }: MetricDefinition): string {
  const parts = [name.replaceAll(/\W/g, "_")];
  const suffix = UNITS[unit] ?? (unit === "1" && kind === "gauge" ? "ratio" : undefined);
  if (suffix) parts.push(suffix);
  if (kind === "counter") parts.push("total");
  return parts.join("_");
}

function linesOf({ name, definition, bounds, points, distributions }: Reading): string[] {
  const shown = prometheusName(name, definition);
  const value = ({ attributes, value }: Reading["points"][number]) =>
    `${shown}${labels(attributes)} ${value}`;
  const histogram = (one: Reading["distributions"][number]) => {
    let below = 0;
    const buckets = one.buckets.map((count, i) => {
      below += count;
      return `${shown}_bucket${labels(one.attributes, bounds[i] ?? "+Inf")} ${below}`;
    });
    return [
      ...buckets,
      `${shown}_sum${labels(one.attributes)} ${one.sum}`,
      `${shown}_count${labels(one.attributes)} ${one.count}`,
    ];
  };
  return [
    `# HELP ${shown} ${definition.about}`,
    `# TYPE ${shown} ${definition.kind}`,
    ...points.map(value),
    ...distributions.flatMap(histogram),
  ];
}

function labels(attributes: Attributes, bound?: number | string): string {
  const all = Object.entries(attributes).map(([name, value]) => label(name, value));
  if (bound !== undefined) all.push(label("le", bound));
  return all.length === 0 ? "" : `{${all.join(",")}}`;
}

function label(name: string, value: string | number): string {
  const text = String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
  return `${name.replaceAll(/\W/g, "_")}="${text}"`;
}
