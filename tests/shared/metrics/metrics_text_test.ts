import assert from "node:assert/strict";
import { catalogue, type MetricDefinition } from "../../../shared/metrics/catalogue.ts";
import { Metrics } from "../../../shared/metrics/metrics.ts";
import { metricsText, prometheusName } from "../../../shared/metrics/metrics_text.ts";
import { parsePrometheus, valueOf } from "../../prometheus.ts";

const unit = { permissions: "none" } as const;
const sales = { "automotive.event.type": "sales" };

Deno.test("metricsText() is empty before anything is recorded", unit, () => {
  assert.equal(metricsText(new Metrics()), "");
});

Deno.test("metricsText() gives what was counted, by the names of Prometheus", unit, () => {
  const metrics = new Metrics();
  metrics.add("automotive.landing.rows", 3, sales);
  metrics.add("automotive.landing.rows", 4, sales);
  metrics.add("automotive.landing.rows", 5, { "automotive.event.type": "payments" });
  metrics.observe("automotive.wait", () => [{ attributes: {}, value: 1.5 }]);
  assert.equal(
    metricsText(metrics),
    `# HELP automotive_landing_rows_total Rows in landed files
# TYPE automotive_landing_rows_total counter
automotive_landing_rows_total{automotive_event_type="sales"} 7
automotive_landing_rows_total{automotive_event_type="payments"} 5
# HELP automotive_wait_seconds How long a service has been waited for now; 0: none
# TYPE automotive_wait_seconds gauge
automotive_wait_seconds 1.5
`,
  );
});

Deno.test(
  "metricsText() gives a histogram's buckets cumulatively, each bound in its own",
  unit,
  () => {
    const metrics = new Metrics();
    for (const seconds of [0.005, 0.3, 0.5, 60]) {
      metrics.record("automotive.loader.file.duration", seconds, sales);
    }
    const read = parsePrometheus(metricsText(metrics));
    const name = "automotive_loader_file_duration_seconds";
    const below = (le: string) => valueOf(read, `${name}_bucket`, { le });
    assert.deepEqual(["0.005", "0.25", "0.5", "10", "+Inf"].map(below), [1, 1, 3, 3, 4]);
    assert.equal(valueOf(read, `${name}_sum`), 60.805);
  },
);

Deno.test("metricsText() escapes what labels cannot hold", unit, () => {
  const hostile = 'a"b\\c\nd';
  const metrics = new Metrics();
  metrics.add("automotive.retries", 1, { "automotive.service": hostile });
  const read = parsePrometheus(metricsText(metrics));
  const { labels } = read.get("automotive_retries_total")!.samples[0]!;
  assert.equal(labels.automotive_service, hostile);
});

Deno.test(
  "Metrics fills in what is the same for all, and drops what the catalogue does not know",
  unit,
  () => {
    const metrics = new Metrics({
      "messaging.system": "kafka",
      "messaging.consumer.group.name": "g",
    });
    metrics.add("messaging.client.consumed.messages", 1, {
      "messaging.destination.name": "sales_topic",
      "messaging.operation.name": "poll",
      "vin": "WVWZZZ1JZXW000001",
    });
    assert.deepEqual(metrics.points("messaging.client.consumed.messages"), [{
      attributes: {
        "messaging.system": "kafka",
        "messaging.operation.name": "poll",
        "messaging.destination.name": "sales_topic",
        "messaging.consumer.group.name": "g",
      },
      value: 1,
    }]);
  },
);

Deno.test(
  "no two metrics of the catalogue have one name in Prometheus, nor one that belongs to another's histogram",
  unit,
  () => {
    const all = Object.entries<MetricDefinition>(catalogue).flatMap(([name, definition]) => {
      const shown = prometheusName(name, definition);
      return definition.kind === "histogram"
        ? ["", "_bucket", "_sum", "_count"].map((suffix) => shown + suffix)
        : [shown];
    });
    assert.equal(new Set(all).size, all.length);
  },
);

Deno.test("the catalogue's bounds of buckets grow", unit, () => {
  for (const { bounds = [] } of Object.values<MetricDefinition>(catalogue)) {
    assert.deepEqual(bounds, bounds.toSorted((a, b) => a - b));
  }
});
