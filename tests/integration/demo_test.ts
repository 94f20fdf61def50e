import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { services, startedByDefault } from "../../infra/services.ts";
import { types } from "../../shared/catalogue/events.ts";
import { listRunning } from "../../shared/cli/running.ts";
import { publish, sale, sales } from "./events.ts";
import { native, running } from "./native.ts";
import { errorsIn, orchestrate, orchestrated, ownNames, publishedEvents } from "./orchestrate.ts";
import { ownServices } from "./services.ts";
import { until } from "./wait.ts";
import { allLanded, assertEnd, balanced, SLOW_MS, sumOf } from "./demo_output.ts";

Deno.test("--demo starts everything, lands the run, stops everything, and ends with what landed", async () => {
  await using own = await ownServices("demo", []);
  await using box = ownNames(own, "demo");
  // A shell in which AWS is at hand for other work.
  const env = { ...box.env, AWS_PROFILE: "work", AWS_DEFAULT_REGION: "eu-west-1" };
  await using run = orchestrate(env, "--demo", "--duration", "11");
  const { code, stdout, stderr } = await run.ended(SLOW_MS);
  assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
  assert.deepEqual(await running(own.runtime), []);
  assert.deepEqual(await listRunning(own.settings.runtimeDir), []);

  const events = publishedEvents(stdout);
  // One of each system, and six seconds later one of each again.
  const rounds = events.length / types.length;
  assert.ok(Number.isInteger(rounds) && rounds >= 1, stdout);
  assert.deepEqual(
    events.map(({ type, number }) => `${type}_#${number}`),
    events.map((_, index) => `${types[index % types.length]}_#${index + 1}`),
  );
  assert.match(stdout, /a file for every 5 events or 60 s/);
  assert.match(
    stdout,
    /^Landing in the local S3 at \S+; AWS_DEFAULT_REGION, AWS_PROFILE not used, because S3=local$/m,
  );
  assert.match(stdout, /\n {3}The demo stops them at the end; their data is kept\n/);
  assert.match(
    stdout,
    /\n… 0:\d\d left, next: .+; \d+ of 30 events published; lag \d+; files landed \d+, loaded \d+; /,
  );
  assert.match(
    stdout,
    new RegExp(`\\n {2}loaded: 6 files, ${events.length} rows = ${events.length} facts \\+ 0 `),
  );
  assert.doesNotMatch(stdout, /^Done: 0 files/m);
  const report = stdout.slice(stdout.indexOf("▶ What landed"));
  const { topicPrefix, bucket } = box.settings;
  for (const type of types) {
    assert.match(report, new RegExp(`\\n {2}${topicPrefix}${type}_topic +${rounds} +0\\n`));
    assert.match(report, new RegExp(`\\n {2}${type} +1 +${rounds} +[\\d,]+ +0\\n`));
    assert.match(report, new RegExp(`\\n {2}warehouse\\.fact_${type} +${rounds}\\n`));
  }
  const all = events.length;
  assert.match(report, new RegExp(`\\n✅ ${all} published = ${all} landed \\+ 0 dead letters\\n`));
  const facts = `✅ ${all} rows in files = ${all} facts \\+ 0 rejected \\+ 0 repeats`;
  assert.match(report, new RegExp(`\\n${facts}\\n`));
  // The sales are random: perhaps none is completed.
  assert.match(
    report,
    /\nRevenue by dealer .+\n {2}(dealer +sales +revenue|no sale is completed yet)\n/,
  );
  assert.match(report, /\n {2}type +events +p50 +p95\n {2}sales /);
  assert.match(report, new RegExp(`\\n {2}${topicPrefix}dead_letter_topic +0 +0 wait\\n`));
  const key = `(\\w+)/\\1_\\d{8}_\\d{6}_g[0-9a-f]{6}\\.csv`;
  assert.match(
    report,
    new RegExp(`\\ns3://${bucket}-archive/${key}\\n {2}event_type,event_id,timestamp,`),
  );
  assert.deepEqual(sumOf(stdout), allLanded(stdout));
  assertEnd(stdout, balanced(events.length), "are stopped");
});

Deno.test("--demo is not disturbed by what earlier runs left, and leaves services running that ran", async () => {
  await using own = await ownServices("demo-left", startedByDefault(native ? "native" : "docker"));
  await using box = ownNames(own, "demo-left");
  const { s3, settings: { bucket: Bucket, topicPrefix } } = box;
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Key = "sales/sales_20200101_000000.csv";
  const Body = "event_type,event_id\nsales,SALE-00000000\n";
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  // A backlog, and a consumer that was killed over it: Kafka counts it as a member for a while.
  const completed = { sale_status: "Completed", dealer_id: "DLR-1", final_price: 1e6 };
  await publish(box, "sales", [
    sale(1000, completed),
    ...sales(199),
    "not json",
    sale(1, { sale_price: "much" }),
    null,
  ]);
  const env = { ...box.env, SESSION_TIMEOUT: "6" };
  {
    await using killed = orchestrate(env, "--consumer");
    await killed.waitForLine(/✓ Flushed 100 sales/);
  }
  // Less than the producers take to start.
  await using run = orchestrate(env, "--demo", "--duration", "0.1");
  const { code, stdout, stderr } = await run.ended(SLOW_MS);
  assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
  assert.match(stdout, /\nWaiting for Kafka to expel a dead consumer of \S+…\n/);
  assert.deepEqual(sumOf(stdout), allLanded(stdout));
  const { length } = publishedEvents(stdout);
  assert.ok(length > 0);
  assertEnd(stdout, balanced(length), "keep running");
  const report = stdout.slice(stdout.indexOf("▶ What landed"));
  const inTopic = 203 + length / types.length;
  assert.match(report, new RegExp(`\\n {2}${topicPrefix}sales_topic +${inTopic} +0\\n`));
  assert.match(report, new RegExp(`\\n {2}${topicPrefix}dead_letter_topic +[2-4] +\\d wait\\n`));
  assert.match(report, /\n {2}dealer +sales +revenue\n {2}DLR-1 +1 +1000000\.00\n/);
  assert.match(report, /\n {2}sales +\d+ +– /, "nobody has counted the other writer's rows");
  assert.match(stdout, /\nThe services were already running and keep running\n/);
  assert.deepEqual(await running(own.runtime), startedByDefault(own.runtime.name));
});

Deno.test("--demo interrupted lands what was published, and stops what it had started", async () => {
  await using own = await ownServices("demo-int", ["s3"]);
  await using box = ownNames(own, "demo-int");
  await using run = orchestrate(box.env, "--demo");
  await run.waitForLine(/Published telemetry_#6/, SLOW_MS);
  run.signal("SIGTERM");
  const { code, stdout, stderr } = await run.ended(SLOW_MS);
  assert.equal(code, 143);
  assert.match(
    errorsIn(stderr),
    /^✗ Interrupted: the demo ran for \d+ of 90 s; what it had published until then has come through\n {2}→ /,
  );
  assert.deepEqual(sumOf(stdout), allLanded(stdout));
  assert.deepEqual(await running(own.runtime), ["s3"], "it ran before");
  assert.deepEqual(await listRunning(own.settings.runtimeDir), []);
});

Deno.test("--demo interrupted while the services start leaves none running", async () => {
  await using own = await ownServices("demo-early", []);
  await using run = orchestrate(own.env, "--demo");
  await run.waitForLine(/^Starting /);
  run.signal("SIGINT");
  const { code, stderr } = await run.ended(SLOW_MS);
  assert.equal(code, 130);
  assert.match(
    stderr,
    /^✗ Interrupted: the demo did not run; what it had started was stopped\n/,
  );
  assert.deepEqual(await running(own.runtime), []);
});

Deno.test("--demo interrupted twice ends at once with 130, and says what goes on running", async () => {
  await using own = await ownServices("demo-twice", ["warehouse"]);
  await using box = ownNames(own, "demo-twice");
  await using run = orchestrate(box.env, "--demo");
  await run.waitForLine(/Published telemetry_#6/, SLOW_MS);
  run.signal("SIGINT");
  await run.waitForLine(/^Stopping…/);
  // Signals that come at once are one press; one of the later ones is the second.
  await until("the second press ends it", () => !run.signal("SIGINT"));
  const { code, stderr } = await run.ended(SLOW_MS);
  assert.equal(code, 130);
  const [, titles] =
    /^Stopped at once\n {2}→ (.+) keep running; to stop them: deno task kafka:stop\n$/m
      .exec(stderr)!;
  const up = (await own.runtime.status()).filter(({ state }) => state !== "stopped");
  const started = up.map(({ name }) => name).filter((name) => name !== "warehouse");
  assert.deepEqual(titles!.split(", "), started.map((name) => services[name].title));
  await until(
    "its programs are gone",
    async () => (await listRunning(own.settings.runtimeDir)).length === 0,
  );
});

Deno.test("--demo says what went away when the services are stopped under it", async () => {
  await using own = await ownServices("demo-gone");
  await using box = ownNames(own, "demo-gone");
  await using run = orchestrate(box.env, "--demo");
  await run.waitForLine(/Published telemetry_#6/, SLOW_MS);
  const { code } = await orchestrated(box.env, "--stop-all");
  assert.equal(code, 0);
  const ended = await run.ended(SLOW_MS);
  assert.equal(ended.code, 1);
  assert.match(
    errorsIn(ended.stderr),
    // One may be told to stop twice, by both.
    /^✗ The (producer|consumer|loader) was stopped by another program\n {2}→ /m,
  );
  assert.deepEqual(await running(own.runtime), []);
});
