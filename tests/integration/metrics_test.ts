import { ConfigResourceTypes } from "kafkajs";
import assert from "node:assert/strict";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { catalogue, type MetricDefinition } from "../../shared/metrics/catalogue.ts";
import { METRICS_TYPE, prometheusName } from "../../shared/metrics/metrics_text.ts";
import { parsePrometheus, valueOf } from "../prometheus.ts";
import { consume, taken } from "./consume.ts";
import { publish, sales } from "./events.ts";
import { program } from "./program.ts";
import { fileName, saleRows } from "./rows.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";
import { put, putOurs, startEtl, warehouseBox } from "./warehouse.ts";

const WEEK_S = 7 * 24 * 3600;

type Families = ReturnType<typeof parsePrometheus>;

async function scrape(port: string | number): Promise<Families> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), METRICS_TYPE);
  return parsePrometheus(await response.text());
}

/** Waits until a scrape is as it should be, and gives it. */
async function scraped(
  port: string | number,
  what: string,
  condition: (families: Families) => boolean,
): Promise<Families> {
  let last: Families | undefined;
  await until(what, async () => condition(last = await scrape(port)));
  return last!;
}

/** What the catalogue says that a program records, by the names of Prometheus. */
function namesOf(program: MetricDefinition["programs"][number]): string[] {
  return Object.entries<MetricDefinition>(catalogue)
    .filter(([, { programs }]) => programs.includes(program))
    .map(([name, definition]) => prometheusName(name, definition));
}

/** Topics of the local Kafka are kept for ever. */
async function keepForAWeek({ kafka, settings }: Sandbox, name: string): Promise<void> {
  await using admin = await connectAdmin(kafka, settings);
  const configEntries = [{ name: "retention.ms", value: String(WEEK_S * 1000) }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  });
}

Deno.test("a consumer's /metrics counts what it reads, lands and sets aside, and tells the lag", async () => {
  await using box = await sandbox("metrics");
  const lag = (families: Families) => valueOf(families, "kafka_consumer_group_lag");
  const topic = { messaging_destination_name: `${box.settings.topicPrefix}sales_topic` };
  await publish(box, "sales", sales(25));
  await keepForAWeek(box, topic.messaging_destination_name);
  await using consumer = consume(box, ["--batch-size", "10", "--timeout", "300"]);
  await taken(box, 25);
  await publish(box, "sales", ["not json {"]);
  await taken(box, 26);
  const port = box.env.STATUS_PORT!;
  const open = await scraped(
    port,
    "two files are landed, and the rest lags",
    (families) =>
      valueOf(families, "automotive_landing_files_total") === 2 &&
      families.has("kafka_consumer_group_lag") && lag(families) === 6 &&
      families.has("automotive_consumer_group_lag_time_seconds"),
  );

  const sum = (name: string, labels = {}) => valueOf(open, name, labels);
  assert.equal(sum("messaging_client_consumed_messages_total", topic), 26);
  assert.ok(sum("automotive_consumer_consumed_size_bytes_total", topic) > 25 * 100);
  assert.equal(sum("automotive_landing_rows_total", { automotive_event_type: "sales" }), 20);
  assert.equal(sum("automotive_batch_rows", { automotive_event_type: "sales" }), 5);
  const invalid = { error_type: "invalid_json", ...topic };
  assert.equal(sum("automotive_consumer_dead_letters_total", invalid), 1);
  assert.equal(sum("automotive_consumer_dead_letters_total"), 1);
  assert.equal(sum("automotive_consumer_rebalances_total"), 1);
  assert.equal(sum("automotive_consumer_partitions"), 18);
  assert.equal(sum("automotive_consumer_health"), 1);
  assert.ok(sum("automotive_buffer_usage_bytes") > 0);
  assert.equal(sum("messaging_process_duration_seconds_count", topic), 2);
  for (const step of ["upload", "complete"]) {
    const of = { automotive_step: step };
    assert.equal(sum("automotive_landing_step_duration_seconds_count", of), 2, step);
  }
  // The three partitions with an open batch lag since their events were published, a moment ago.
  const behind = sum("automotive_consumer_group_lag_time_seconds");
  assert.ok(behind > 0 && behind < 3 * 600, String(behind));
  const margins = open.get("automotive_consumer_group_retention_margin_seconds")!.samples;
  assert.equal(margins.length, 3);
  for (const { value } of margins) {
    assert.ok(value > WEEK_S - 600 && value <= WEEK_S, String(value));
  }
  assert.deepEqual([...open.keys()], namesOf("consumer"));

  consumer.signal("SIGTERM");
  assert.equal((await consumer.ended()).code, 0);
});

Deno.test("a consumer's /metrics tells that S3 is away, and counts the retries", async () => {
  await using box = await sandbox("metrics-away");
  await using _consumer = consume(box, [], { S3_PORT: "1" });
  const port = box.env.STATUS_PORT!;
  await until("the consumer answers", async () => {
    return (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)) !== undefined;
  });
  await scraped(
    port,
    "the retries are counted",
    (families) =>
      valueOf(families, "automotive_retries_total", { automotive_service: "s3" }) > 1 &&
      valueOf(families, "automotive_wait_seconds") > 0 &&
      valueOf(families, "automotive_consumer_health") === 0,
  );
});

Deno.test("a watching loader's /metrics counts what it loads, and what it cannot read", async () => {
  await using box = await warehouseBox("metrics-loader");
  await using run = startEtl(box, "--watch");
  const [line] = await run.waitForLine(/^Watching s3:.+ metrics at \S+$/);
  const port = /:(\d+)\/metrics$/.exec(line!)![1]!;
  const before = await scrape(port);
  assert.equal(valueOf(before, "automotive_loader_rows_total"), 0);

  await putOurs(box, "sales", fileName("sales", 1), [...saleRows(2), ...saleRows(1)]);
  await put(box, "payments/payments_20260226_102345.csv", 'no,csv\n"');
  const after = await scraped(
    port,
    "both are dealt with",
    (families) =>
      valueOf(families, "automotive_loader_files_total") === 2 &&
      valueOf(families, "automotive_loader_waiting", { automotive_state: "waiting" }) === 0,
  );
  const sum = (name: string, labels = {}) => valueOf(after, name, labels);
  const rows = (outcome: string) =>
    sum("automotive_loader_rows_total", {
      automotive_event_type: "sales",
      automotive_outcome: outcome,
    });
  assert.deepEqual([rows("fact"), rows("rejected"), rows("repeat")], [2, 0, 1]);
  const files = (outcome: string) =>
    sum("automotive_loader_files_total", { automotive_outcome: outcome });
  assert.deepEqual([files("loaded"), files("unreadable")], [1, 1]);
  assert.equal(sum("automotive_loader_waiting", { automotive_state: "unreadable" }), 1);
  assert.equal(sum("automotive_loader_file_duration_seconds_count"), 1);
  assert.equal(sum("automotive_loader_delay_seconds_count"), 1);
  assert.ok(sum("automotive_warehouse_freshness_seconds") < 600);
  const end = await scraped(
    port,
    "a pass has ended",
    (families) => families.has("automotive_loader_pass_age_seconds"),
  );
  assert.deepEqual([...end.keys()], namesOf("loader"));
  run.signal("SIGTERM");
  assert.equal((await run.ended()).code, 0);
});

Deno.test("a watching loader that may not listen loads all the same, and says so", async () => {
  await using box = await warehouseBox("metrics-denied");
  await putOurs(box, "sales", fileName("sales", 1), saleRows(2));
  await using run = program("warehouse/main.ts", ["--watch"], {
    permissions: "loader",
    flags: ["--deny-net=127.0.0.1:8899"],
    env: { ...box.env, LOADER_STATUS_PORT: "8899" },
  });
  await run.waitForLine(/✓ Loaded 2 sales rows/);
  assert.match(
    run.stderr(),
    /^Metrics are not served: this loader may not listen on 127\.0\.0\.1$/m,
  );
});
