import { catalogue, type MetricDefinition } from "../../shared/metrics/catalogue.ts";
import { prometheusName } from "../../shared/metrics/metrics_text.ts";
import { code, markdownTable } from "./blocks.ts";

const programs = [
  ["consumer", "The consumer"],
  ["loader", "A watching loader"],
  ["producers", "Producers"],
  ["console", "The console"],
] as const;

/** Every metric of the catalogue, by both its names, under the programs that record it. */
export function metricsTable(): string {
  return programs.map(([program, title]) => {
    const recorded = Object.entries<MetricDefinition>(catalogue)
      .filter(([, definition]) => definition.programs.includes(program));
    const rows = recorded.map(([name, definition]) => [
      ...[code(name), code(prometheusName(name, definition)), definition.about],
    ]);
    return `${title}:\n\n${markdownTable(["metric", "in Prometheus", "what it tells"], rows)}`;
  }).join("\n\n");
}
