import assert from "node:assert/strict";
import { consume } from "./consume.ts";
import { publish, saleIds, sales } from "./events.ts";
import { landedIds } from "./landed.ts";
import { fileName, saleRows } from "./rows.ts";
import type { Program } from "./program.ts";
import { s3Proxy, type S3Request } from "./s3_proxy.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices, services } from "./services.ts";
import { freePorts } from "./settings.ts";
import { putOurs, startEtl, warehouseBox } from "./warehouse.ts";
import { until } from "./wait.ts";

/** How often a program has said a line. */
function count(run: Program, line: RegExp): number {
  return run.stderr().split("\n").filter((one) => line.test(one)).length;
}

Deno.test("a consumer that starts before S3 and Kafka waits for both, says so once each, and lands", async () => {
  await using own = await ownServices("first", ["zookeeper", "s3"]);
  await using box = await sandbox("first", { on: own });
  await own.stop("s3");
  await using consumer = consume(box, ["--batch-size", "5"]);
  await consumer.waitForLine(
    /^Waiting: Cannot reach S3 at http:\/\/localhost:\d+: .+; start it with: deno task kafka:start$/,
  );
  const health = await fetch(`http://127.0.0.1:${box.env.STATUS_PORT}/healthz`);
  assert.equal(health.status, 503);
  assert.match(await health.text(), /^waiting: Cannot reach S3 at /);
  await own.start("s3");
  await consumer.waitForLine(
    /^S3 at http:\/\/localhost:\d+ reachable again after \d+ s, resuming$/,
  );
  await consumer.waitForLine(
    /^Waiting: Cannot reach Kafka at localhost:\d+: .+; start it with: deno task kafka:start /,
  );
  await own.start("kafka");
  await consumer.waitForLine(/^Kafka at localhost:\d+ reachable again after \d+ s, resuming$/);
  await publish(box, "sales", sales(5));
  await consumer.waitForLine(/✓ Flushed 5 sales events/);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  assert.deepEqual(await landedIds(box), saleIds(5));
  assert.equal(count(consumer, /^Waiting: Cannot reach S3/), 1, consumer.stderr());
  assert.equal(count(consumer, /^Waiting: Cannot reach Kafka/), 1, consumer.stderr());
});

for (
  const [name, isHeldUp] of [
    ["everything", () => true],
    [
      "the probe's completions",
      ({ method, url }: S3Request) =>
        method === "POST" && url.pathname.includes("/_probe/") && url.searchParams.has("uploadId"),
    ],
  ] as const
) {
  Deno.test(`a consumer waits while S3 answers 503 to ${name} at its start`, async () => {
    const { settings: { ports } } = await services();
    await using box = await sandbox("slow-start");
    let canRetry = true;
    await using proxy = await s3Proxy(ports.s3, async (request) => {
      if (canRetry && isHeldUp(request)) request.refuse(503, "SlowDown");
      else await request.forward();
    });
    await using consumer = consume(box, ["--batch-size", "5"], proxy.env);
    await consumer.waitForLine(/^Waiting: S3 at http:\/\/localhost:\d+: .+HTTP 503\).*; .+/);
    canRetry = false;
    await consumer.waitForLine(/^S3 at http:\/\/localhost:\d+ reachable again after/);
    await publish(box, "sales", sales(5));
    await consumer.waitForLine(/✓ Flushed 5 sales events/);
    consumer.signal("SIGINT");
    assert.equal((await consumer.ended()).code, 0);
  });
}

Deno.test("what is refused while a consumer waits ends it", async () => {
  const { settings: { ports } } = await services();
  await using box = await sandbox("refused-later");
  let answer: [number, string] = [503, "SlowDown"];
  await using proxy = await s3Proxy(ports.s3, (request) => request.refuse(...answer));
  await using consumer = consume(box, [], proxy.env);
  await consumer.waitForLine(/^Waiting: S3 at /);
  answer = [403, "AccessDenied"];
  const { code, stderr } = await consumer.ended();
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^✗ Cannot use the bucket .* access denied \(.*HTTP 403\)\n {2}→ check/m,
  );
});

Deno.test("a signal ends a wait at the start at once, with 0", async (t) => {
  const nobody = String(freePorts(1)[0]);
  await using box = await warehouseBox("stopped-waits");
  const { WAREHOUSE_URL: _, ...local } = box.env;
  const cases: [name: string, start: () => Program, line: RegExp][] = [
    ["the consumer, S3", () => consume(box, [], { S3_PORT: nobody }), /^Waiting: Cannot reach S3/],
    [
      "the consumer, Kafka",
      () => consume(box, [], { KAFKA_PORT: nobody }),
      /^Waiting: Cannot reach Kafka/,
    ],
    [
      "the loader, S3",
      () => startEtl({ env: { ...box.env, S3_PORT: nobody } }, "--watch"),
      /^Waiting: Cannot reach S3/,
    ],
    [
      "the loader, PostgreSQL",
      () => startEtl({ env: { ...local, WAREHOUSE_URL: "", WAREHOUSE_PORT: nobody } }, "--watch"),
      /^Waiting: Cannot use the warehouse at .+; start it with: deno task kafka:start$/,
    ],
  ];
  for (const [name, start, line] of cases) {
    await t.step(name, async () => {
      await using run = start();
      await run.waitForLine(line);
      run.signal("SIGTERM");
      const { code, stderr } = await run.ended(20_000);
      assert.deepEqual([code, stderr.trim().split("\n").length], [0, 1], stderr);
    });
  }
});

Deno.test("etl --watch that starts before S3 and PostgreSQL waits for both, and loads", async () => {
  await using own = await ownServices("etl-first", ["s3"]);
  await using box = await sandbox("etl-first", { on: own });
  await own.stop("s3");
  await using run = startEtl(box, "--watch");
  await run.waitForLine(/^Waiting: Cannot reach S3 at .+; start it with: deno task kafka:start$/);
  await own.start("s3");
  await putOurs(box, "sales", fileName("sales", 1), saleRows(2));
  await run.waitForLine(/^S3 at .+ reachable again after \d+ s, resuming$/);
  await run.waitForLine(/^Waiting: Cannot use the warehouse at .+; start it with/);
  await own.start("warehouse");
  await run.waitForLine(/^The warehouse at .+ reachable again after \d+ s, resuming$/);
  await run.waitForLine(/✓ Loaded 2 sales rows/);
  run.signal("SIGINT");
  assert.equal((await run.ended()).code, 0);
  assert.equal(count(run, /^Waiting: Cannot reach S3/), 1, run.stderr());
});

Deno.test("etl --watch ends at once with what waiting does not change", async () => {
  await using box = await warehouseBox("etl-refused");
  const url = new URL(box.env.WAREHOUSE_URL!);
  url.password = "wrong";
  await using run = startEtl({ env: { ...box.env, WAREHOUSE_URL: url.href } }, "--watch");
  const { code, stderr } = await run.ended();
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^✗ Cannot use the warehouse .* password authentication failed \(28P01\)/,
  );
});

Deno.test("the consumer waits for Kafka in mid-run and says what would end it", async () => {
  await using own = await ownServices("mid-run");
  await using box = await sandbox("mid-run", { on: own });
  await using consumer = consume(box, ["--batch-size", "5"]);
  await publish(box, "sales", sales(5));
  await consumer.waitForLine(/✓ Flushed 5/);
  await own.stop("kafka");
  await consumer.waitForLine(
    /^Waiting: the Kafka session ended .*; rejoining the group$/,
  );
  await consumer.waitForLine(/^Waiting: Cannot reach Kafka at .+; start it with: /);
  await own.start("kafka");
  await consumer.waitForLine(/^Kafka at .+ reachable again after \d+ s, resuming$/);
  await publish(box, "sales", sales(5, 5));
  await until("all have landed", async () => (await landedIds(box)).length === 10);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
});
