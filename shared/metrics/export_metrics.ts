import { metrics as openTelemetry } from "@opentelemetry/api";
import { catalogue, durationBounds, type MetricDefinition, type MetricName } from "./catalogue.ts";
import type { Attributes, Metrics } from "./metrics.ts";

/** Counts as an instrument of OpenTelemetry does. */
type Count = (value: number, attributes: Attributes) => void;

/**
 * Has metrics leave by OTLP, too: Deno exports what is recorded by OpenTelemetry's API if it runs with
 * `OTEL_DENO=true`, and drops it otherwise. Call it before anything is recorded.
 *
 * @param program whose metrics they are
 */
export function exportMetrics(
  metrics: Metrics,
  program: MetricDefinition["programs"][number],
): void {
  const meter = openTelemetry.getMeter(`automotive.${program}`);
  const counts = new Map<string, Count>();
  for (const [name, definition] of Object.entries<MetricDefinition>(catalogue)) {
    if (!definition.programs.includes(program)) continue;
    const { kind, unit, about: description, bounds = durationBounds } = definition;
    if (kind === "counter") {
      const counter = meter.createCounter(name, { unit, description });
      counts.set(name, (value, attributes) => counter.add(value, attributes));
    } else if (kind === "histogram") {
      const advice = { explicitBucketBoundaries: [...bounds] };
      const histogram = meter.createHistogram(name, { unit, description, advice });
      counts.set(name, (value, attributes) => histogram.record(value, attributes));
    } else {
      meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
        for (const { value, attributes } of metrics.points(name as MetricName)) {
          result.observe(value, attributes);
        }
      });
    }
  }
  const count = (name: string, value: number, attributes: Attributes) =>
    counts.get(name)!(value, attributes);
  metrics.follow({ add: count, record: count });
}
