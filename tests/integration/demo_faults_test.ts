import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import process from "node:process";
import { types } from "../../shared/catalogue/events.ts";
import { listRunning } from "../../shared/cli/running.ts";
import { owns } from "./consume.ts";
import { publish, sales } from "./events.ts";
import { running } from "./native.ts";
import { errorsIn, orchestrate, orchestrated, ownNames } from "./orchestrate.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { freePorts, uniqueFolder } from "./settings.ts";
import { until } from "./wait.ts";
import { placeOf } from "./warehouse.ts";
import { assertEnd, SLOW_MS, sumOf } from "./demo_output.ts";

Deno.test("--demo ends with 1 and names the event that did not land", async () => {
  await using own = await ownServices("demo-lost");
  await using box = ownNames(own, "demo-lost");
  await using run = orchestrate(box.env, "--demo", "--duration", "30");
  const [, lost] = await run.waitForLine(/Published sales_#1: (\S+)/, SLOW_MS);
  // Four more fill the batch, so its file lands now; somebody then deletes it.
  await publish(box, "sales", sales(4));
  const [, Key] = await run.waitForLine(/✓ Flushed 5 sales events → s3:\/\/[^/]+\/(\S+)/);
  await run.waitForLine(/✓ Loaded 5 sales rows/);
  await until("the loader has moved it", async () => await placeOf(box, Key!) === "archive");
  await box.s3.send(new DeleteObjectCommand({ Bucket: box.settings.archiveBucket, Key }));
  run.signal("SIGINT");
  const { code, stdout, stderr } = await run.ended(SLOW_MS);
  assert.deepEqual([code, errorsIn(stderr)], [1, ""]);
  const { all, sales: ofSales } = sumOf(stdout);
  const [published = 0] = all!;
  assert.deepEqual(ofSales![1], ofSales![0]! - 1);
  assertEnd(
    stdout,
    `✗ This run: ${published} events published, ${published - 1} rows landed + 0 dead letters: ` +
      `not every event arrived exactly once\n  sales, not landed: ${lost}`,
    // It had the console to start, or in Docker the Kafka UI.
    "are stopped",
  );
  assert.match(
    stdout,
    /\nLoaded files that are in neither the bucket nor the archive any more: 1\n/,
  );
});

Deno.test("--demo with a consumer that dies ends with 1, and stops what it had started", async () => {
  await using own = await ownServices("demo-dies", []);
  await using box = ownNames(own, "demo-dies");
  await using run = orchestrate(box.env, "--demo");
  await run.waitForLine(/Published telemetry_#6/, SLOW_MS);
  const consumer = async () =>
    (await listRunning(own.settings.runtimeDir)).find(({ role }) => role === "consumer");
  await until("the consumer is there", async () => await consumer() !== undefined);
  process.kill((await consumer())!.pid, "SIGKILL");
  const { code, stderr } = await run.ended(SLOW_MS);
  assert.equal(code, 1);
  assert.match(errorsIn(stderr), /^✗ The consumer exited with code 137\n/);
  assert.deepEqual(await running(own.runtime), []);
  assert.deepEqual(await listRunning(own.settings.runtimeDir), []);
});

Deno.test("--demo refuses to share the topics with a consumer that runs", async () => {
  await using box = await sandbox("demo-shared");
  await using consumer = orchestrate(box.env, "--consumer");
  await consumer.waitForLine(/^Consuming as /);
  const [other] = await listRunning(box.settings.runtimeDir);
  const { code, stdout, stderr } = await orchestrated(box.env, "--demo");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, new RegExp(`^✗ Cannot run the demo while .*pid ${other!.pid}`));
  assert.match(stderr, /\n {2}→ .*deno task stop/);
});

Deno.test("--demo refuses to share the topics with a consumer of another machine", async () => {
  await using own = await ownServices("demo-member");
  await using box = ownNames(own, "demo-member");
  const env = { ...box.env, SESSION_TIMEOUT: "6" };
  const elsewhere = {
    ...env,
    RUNTIME_DIR: uniqueFolder("elsewhere"),
    STATUS_PORT: String(freePorts(1)[0]),
  };
  await using _consumer = orchestrate(elsewhere, "--consumer");
  await owns({ ...box, env: elsewhere }, box.settings.partitions * types.length);
  const { code, stderr } = await orchestrated(env, "--demo");
  assert.equal(code, 1);
  assert.match(stderr, /^✗ Cannot run the demo while .*on another machine/);
});
