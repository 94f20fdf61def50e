import assert from "node:assert/strict";
import { catalogue, type MetricDefinition } from "../../shared/metrics/catalogue.ts";
import { attributeOf, type OtlpReceiver, otlpReceiver } from "../otlp_receiver.ts";
import { parsePrometheus, valueOf } from "../prometheus.ts";
import { consume, taken } from "./consume.ts";
import { publishMessages, sale } from "./events.ts";
import { landedFiles } from "./landed.ts";
import { program } from "./program.ts";
import { fileName, saleRows } from "./rows.ts";
import { sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";
import { putOurs, warehouseBox } from "./warehouse.ts";

/** The sum of what was received of a metric. */
function received(otlp: OtlpReceiver, name: string): number {
  return otlp.metrics().filter((one) => one.name === name).reduce(
    (sum, { value }) => sum + value,
    0,
  );
}

/** The metrics of a program that came, and those that the catalogue says it has. */
function names(otlp: OtlpReceiver, of: MetricDefinition["programs"][number]) {
  const came = otlp.metrics().filter(({ scope }) => scope === `automotive.${of}`);
  const recorded = Object.entries<MetricDefinition>(catalogue)
    .filter(([, { programs }]) => programs.includes(of));
  return {
    came: new Map(came.map(({ name, unit }) => [name, unit])),
    wanted: new Map(recorded.map(([name, { unit }]) => [name, unit])),
  };
}

Deno.test("producer and consumer send their metrics and traces by OTLP, and the traces are linked", async () => {
  await using otlp = otlpReceiver();
  await using box = await sandbox("otlp");
  const env = { ...box.env, ...otlp.env };
  const args = ["--count", "5", "--interval", "0"];
  await using producer = program("producers/sales.ts", args, { permissions: "producer", env });
  assert.equal((await producer.ended()).code, 0);
  await using consumer = consume(box, ["--batch-size", "5", "--timeout", "300"], otlp.env);
  const topic = `${box.settings.topicPrefix}sales_topic`;
  const lands = () => otlp.spans.filter(({ name }) => name === `land ${topic}`);
  const spanIds = (name: string) =>
    otlp.spans.filter((span) => span.name === name).map(({ spanId }) => spanId);
  await until("a round is traced", () => Promise.resolve(lands().length > 0));

  const [round] = lands();
  const steps = otlp.spans.filter(({ parentSpanId }) => parentSpanId === round!.spanId);
  assert.deepEqual(steps.map(({ name }) => name), ["upload", "plan", "complete", "advance"]);
  for (const step of steps) {
    assert.equal(step.traceId, round!.traceId);
    assert.ok(BigInt(step.startTimeUnixNano) >= BigInt(round!.startTimeUnixNano));
    assert.ok(BigInt(step.endTimeUnixNano) <= BigInt(round!.endTimeUnixNano));
  }
  const [file] = await landedFiles(box);
  assert.equal(attributeOf(steps[0]!, "aws.s3.key"), file!.key);
  assert.equal(attributeOf(round!, "messaging.batch.message_count"), "5");
  const sent = spanIds(`send ${topic}`);
  assert.ok(sent.length > 0);
  assert.deepEqual(round!.links!.map(({ spanId }) => spanId).toSorted(), sent.toSorted());

  await until("the lag is told", () => {
    const { came, wanted } = names(otlp, "consumer");
    // The topics of the local Kafka are kept for ever.
    return Promise.resolve(came.size >= wanted.size - 1);
  });
  const { came, wanted } = names(otlp, "consumer");
  wanted.delete("automotive.consumer_group.retention_margin");
  assert.deepEqual([...came].toSorted(), [...wanted].toSorted());
  assert.equal(received(otlp, "messaging.client.consumed.messages"), 5);
  assert.equal(received(otlp, "automotive.landing.rows"), 5);
  assert.equal(received(otlp, "messaging.process.duration"), 1);
  const page = await fetch(`http://127.0.0.1:${box.env.STATUS_PORT}/metrics`);
  const scraped = parsePrometheus(await page.text());
  assert.equal(valueOf(scraped, "messaging_client_consumed_messages_total"), 5);

  const producers = names(otlp, "producers");
  assert.deepEqual([...producers.came].toSorted(), [...producers.wanted].toSorted());
  assert.equal(received(otlp, "messaging.client.sent.messages"), 5);
  consumer.signal("SIGTERM");
  const { code, stderr } = await consumer.ended();
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("messages name no trace where none is exported, and headers that are none are no link", async () => {
  await using otlp = otlpReceiver();
  await using box = await sandbox("otlp-none");
  const args = ["--count", "1"];
  await using producer = program("producers/sales.ts", args, {
    permissions: "producer",
    env: box.env,
  });
  assert.equal((await producer.ended()).code, 0);
  const topic = `${box.settings.topicPrefix}sales_topic`;
  const value = JSON.stringify(sale(1));
  const headers = { traceparent: "00-none" };
  await publishMessages(box, "sales", [{ key: "1", value, headers }]);
  await using _consumer = consume(box, ["--batch-size", "2"], otlp.env);
  await taken(box, 2);
  await until(
    "the round is traced",
    () => Promise.resolve(otlp.spans.some(({ name }) => name === `land ${topic}`)),
  );
  const round = otlp.spans.find(({ name }) => name === `land ${topic}`);
  assert.deepEqual(round!.links ?? [], []);
});

Deno.test("a watching loader sends its metrics by OTLP", async () => {
  await using otlp = otlpReceiver();
  await using box = await warehouseBox("otlp-loader");
  await putOurs(box, "sales", fileName("sales", 1), saleRows(3));
  await using _run = program("warehouse/main.ts", ["--watch"], {
    permissions: "loader",
    env: { ...box.env, ...otlp.env },
  });
  await until("all of them have come", () => {
    const { came, wanted } = names(otlp, "loader");
    return Promise.resolve(came.size === wanted.size);
  });
  const { came, wanted } = names(otlp, "loader");
  assert.deepEqual([...came].toSorted(), [...wanted].toSorted());
  assert.equal(received(otlp, "automotive.loader.rows"), 3);
});
