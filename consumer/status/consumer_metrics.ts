import { topicOf, types } from "../../shared/catalogue/events.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import type { NameOf } from "../../shared/metrics/catalogue.ts";
import { exportMetrics } from "../../shared/metrics/export_metrics.ts";
import { Metrics } from "../../shared/metrics/metrics.ts";
import { observeWaits } from "../../shared/metrics/waits_metrics.ts";
import { faultKinds } from "../batching/kind_of_fault.ts";
import { healthOf, statusOf, type StatusSources } from "./status.ts";

/** Counted from the start: a counter that appears with 1 has not grown, to Prometheus. */
const ofTypes: readonly NameOf<"counter">[] = [
  "automotive.landing.files",
  "automotive.landing.rows",
  "automotive.landing.size",
  "automotive.landing.repeats",
];

/** Makes a consumer's metrics. */
export function consumerMetrics({ group, topicPrefix }: Settings): Metrics {
  const metrics = new Metrics({
    "messaging.system": "kafka",
    "messaging.consumer.group.name": group,
  });
  exportMetrics(metrics, "consumer");
  for (const type of types) {
    const topic = { "messaging.destination.name": topicOf(type, topicPrefix) };
    for (const name of ofTypes) metrics.add(name, 0, { "automotive.event.type": type });
    metrics.add("messaging.client.consumed.messages", 0, {
      "messaging.operation.name": "poll",
      ...topic,
    });
    metrics.add("automotive.consumer.consumed.size", 0, topic);
    for (const kind of faultKinds) {
      metrics.add("automotive.consumer.dead_letters", 0, { "error.type": kind, ...topic });
    }
  }
  for (const service of ["kafka", "s3"]) {
    metrics.add("automotive.retries", 0, { "automotive.service": service });
  }
  metrics.add("automotive.consumer.tombstones", 0);
  metrics.add("automotive.consumer.rebalances", 0);
  metrics.add("automotive.landing.recovered", 0);
  return metrics;
}

/** Has the metrics tell what the status page tells of now. */
export function observeConsumer(metrics: Metrics, sources: StatusSources): void {
  const { memory, report } = sources;
  const one = (value: number) => [{ attributes: {}, value }];
  observeWaits(metrics, report.waits);
  metrics.observe("automotive.buffer.usage", () => one(memory.used));
  metrics.observe("automotive.buffer.limit", () => one(memory.max));
  metrics.observe("automotive.consumer.health", () => one(healthOf(sources).ok ? 1 : 0));
  metrics.observe("automotive.landing.in_flight", () => one(statusOf(sources).filesInFlight));
  metrics.observe("automotive.consumer.partitions", () => {
    const topics = Object.values(statusOf(sources).assignment);
    return one(topics.reduce((sum, partitions) => sum + Object.keys(partitions).length, 0));
  });
  const ofBatches = (read: (batch: { rows: number; ageSeconds: number }) => number) => () => {
    const { openBatches } = statusOf(sources);
    return types.map((type) => {
      const open = openBatches.find((batch) => batch.type === type);
      return { attributes: { "automotive.event.type": type }, value: open ? read(open) : 0 };
    });
  };
  metrics.observe("automotive.batch.rows", ofBatches(({ rows }) => rows));
  metrics.observe("automotive.batch.age", ofBatches(({ ageSeconds }) => ageSeconds));
}
