import { Metrics } from "../../shared/metrics/metrics.ts";
import type { Problem, TopicFlow } from "./flow.ts";
import type { Watch } from "./watch.ts";

/** Where a problem may be. */
const PLACES: readonly Problem["where"][] = [
  ...["producers", "kafka", "consumer"] as const,
  ...["s3", "loader", "warehouse"] as const,
];

/** The metrics that the console alone can tell: they need no consumer that runs. */
export function flowMetrics(watch: Watch): Metrics {
  const metrics = new Metrics();
  const byTopic = (value: (state: TopicFlow) => number) => () =>
    (watch.latest?.flow.types ?? []).flatMap(({ topic, topicState }) =>
      topicState
        ? [{ attributes: { "messaging.destination.name": topic }, value: value(topicState) }]
        : []
    );
  metrics.observe("automotive.topic.end", byTopic(({ end }) => end));
  metrics.observe("automotive.topic.lag", byTopic(({ lag }) => lag));
  metrics.observe("automotive.problems", () =>
    PLACES.map((place) => ({
      attributes: { "automotive.service": place },
      value: watch.latest?.flow.problems.filter(({ where }) => where === place).length ?? 0,
    })));
  return metrics;
}
