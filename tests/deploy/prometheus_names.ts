import { parser } from "@prometheus-io/lezer-promql";
import { catalogue, type MetricDefinition } from "../../shared/metrics/catalogue.ts";
import { prometheusName } from "../../shared/metrics/metrics_text.ts";

/** Labels that Prometheus gives to what it has scraped. */
const SCRAPED = ["instance", "job"];

/** What an expression of PromQL names. */
export interface Named {
  readonly metrics: readonly string[];
  /** Labels by which it selects and groups. */
  readonly labels: readonly string[];
  /** Labels by which it groups; undefined if it does not. */
  readonly by?: readonly string[];
}

/**
 * What an expression of PromQL names.
 *
 * @throws {SyntaxError} when it is none
 */
export function namedIn(expression: string): Named {
  const metrics: string[] = [];
  const labels: string[] = [];
  let by: string[] | undefined;
  parser.parse(expression).iterate({
    enter({ name, from, to, type, node }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new SyntaxError(`no PromQL at ${from}: ${expression}`);
      if (name === "Identifier") metrics.push(text);
      if (name !== "LabelName") return;
      labels.push(text);
      if (node.parent?.name === "GroupingLabels") (by ??= []).push(text);
    },
  });
  return { metrics, labels, by };
}

/** The labels of each series that our programs tell, by its name. */
export const series: ReadonlyMap<string, readonly string[]> = new Map([
  ["up", SCRAPED],
  ...Object.entries<MetricDefinition>(catalogue).flatMap(seriesOf),
]);

function seriesOf([name, definition]: [string, MetricDefinition]): [string, readonly string[]][] {
  const shown = prometheusName(name, definition);
  const labels = [...definition.attributes.map((one) => one.replaceAll(".", "_")), ...SCRAPED];
  if (definition.kind !== "histogram") return [[shown, labels]];
  return [
    [`${shown}_bucket`, [...labels, "le"]],
    [`${shown}_sum`, labels],
    [`${shown}_count`, labels],
  ];
}
