import assert from "node:assert/strict";
import process from "node:process";
import { stopPrograms } from "../../orchestration/stop_all.ts";
import { topicOf, type Type, types } from "../../shared/catalogue/events.ts";
import { listRunning } from "../../shared/cli/running.ts";
import { LOCAL_S3 } from "../../shared/s3/client.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { owns, taken } from "./consume.ts";
import { publish, saleIds, sales } from "./events.ts";
import { landedFiles, landedIds } from "./landed.ts";
import {
  errorsIn,
  orchestrate,
  orchestrated,
  publishedEvents,
  publishedIds,
} from "./orchestrate.ts";
import type { Program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { ownServices, services } from "./services.ts";

import { readTopics } from "./topics.ts";
import { until } from "./wait.ts";

/** The ids of all events in the topics, sorted. */
async function idsInTopics(settings: Settings, of: readonly Type[] = types): Promise<string[]> {
  const topics = of.map((type) => topicOf(type, settings.topicPrefix));
  return (await readTopics(settings, topics)).map(({ value }) => JSON.parse(String(value)).event_id)
    .toSorted();
}

async function pidOf(role: string, { settings }: Sandbox): Promise<number> {
  const all = async () => await listRunning(settings.runtimeDir);
  await until(`a ${role} runs`, async () => (await all()).some((one) => one.role === role));
  return (await all()).find((one) => one.role === role)!.pid;
}

async function assertNobodyRuns({ settings }: Sandbox): Promise<void> {
  assert.deepEqual(await listRunning(settings.runtimeDir), []);
}

/** Producers for ever and a consumer, in full swing. */
async function both(box: Sandbox): Promise<Program> {
  const run = orchestrate(box.env, "--producers", "--interval", "0.05", "--consumer");
  await owns(box, box.settings.partitions * types.length);
  await run.waitForLine(/#40:/);
  return run;
}

Deno.test("--producers with a system publishes its events, numbered, and ends", async () => {
  await using box = await sandbox("orch-one");
  const args = ["--producers", "telemetry", "--count", "3", "--interval", "0"];
  const { code, stdout, stderr } = await orchestrated(box.env, ...args);
  assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
  assert.deepEqual(
    publishedEvents(stdout).map(({ type, number }) => `${type}_#${number}`),
    ["telemetry_#1", "telemetry_#2", "telemetry_#3"],
  );
  assert.deepEqual(publishedIds(stdout), await idsInTopics(box.settings));
});

Deno.test("--producers without a value publishes --count events of each of the six systems", async () => {
  await using box = await sandbox("orch-all");
  const args = ["--producers", "--count", "2", "--interval", "0.01"];
  const { code, stdout } = await orchestrated(box.env, ...args);
  assert.equal(code, 0);
  assert.deepEqual(
    publishedEvents(stdout).map(({ type, number }) => `${type}_#${number}`),
    [...types, ...types].map((type, index) => `${type}_#${index + 1}`),
  );
  assert.deepEqual(publishedIds(stdout), await idsInTopics(box.settings));
});

Deno.test("--consumer takes its flags, and lands what is open on the first Ctrl-C", async () => {
  await using box = await sandbox("orch-consumer");
  await publish(box, "sales", sales(7));
  await using run = orchestrate(box.env, "--consumer", "--batch-size", "5", "--timeout", "200");
  await taken(box, 7);
  run.signal("SIGINT");
  const { code, stdout, stderr } = await run.ended();
  assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
  assert.match(stdout, /a file for every 5 events or 200 s/);
  assert.match(stdout, /✓ Flushed 5 sales events[^]*✓ Flushed 2 sales events[^]*Stopped: 7 events/);
  assert.deepEqual(await landedIds(box), saleIds(7));
  await assertNobodyRuns(box);
});

Deno.test("--consumer twice interrupted while S3 is away ends with 130 at once, with its child", async () => {
  await using own = await ownServices("orch-away", ["s3"]);
  const on = { ...own, env: { ...(await services()).env, S3_PORT: own.env.S3_PORT! } };
  await using box = await sandbox("orch-away", { on });
  await publish(box, "sales", sales(3));
  await using run = orchestrate(box.env, "--consumer");
  await taken(box, 3);
  await own.stop("s3");
  run.signal("SIGINT");
  await run.waitForLine(/^Waiting: Cannot reach S3/);
  // Signals that come at once are one press; one of the later ones is the second.
  await until("the second press ends it", () => !run.signal("SIGINT"));
  assert.equal((await run.ended()).code, 130);
  await until(
    "its child is gone",
    async () => (await listRunning(box.settings.runtimeDir)).length === 0,
  );
});

Deno.test("--producers --consumer goes on when the producers are done, and lands everything", async () => {
  await using box = await sandbox("orch-done");
  const args = ["--producers", "--count", "3", "--interval", "0.01", "--consumer"];
  await using run = orchestrate(box.env, ...args);
  await run.waitForLine(/^The producers are done; the consumer keeps running/);
  await taken(box, 18);
  run.signal("SIGINT");
  const { code, stdout, stderr } = await run.ended();
  assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
  assert.match(stdout, /Stopped: 18 events landed in 6 files, 0 dead letters\n$/);
  assert.deepEqual(await landedIds(box), publishedIds(stdout));
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} stops producers, then the consumer: all that was published has landed`, async () => {
    await using box = await sandbox("orch-signal");
    await using run = await both(box);
    run.signal(signal);
    const { code, stdout, stderr } = await run.ended();
    assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
    assert.match(stdout, /\nStopped: \d+ events published\n/);
    assert.ok(publishedIds(stdout).length >= 40);
    assert.deepEqual(await landedIds(box), publishedIds(stdout));
    await assertNobodyRuns(box);
  });
}

Deno.test("--stop-all in another terminal stops both when the consumer has read all that was published", async () => {
  await using box = await sandbox("orch-stop-all");
  await using run = await both(box);
  // A consumer that is behind: it reads again when the producer has ended.
  const consumer = await pidOf("consumer", box);
  process.kill(consumer, "SIGSTOP");
  await run.waitForLine(new RegExp(`#${publishedEvents(run.stdout()).length + 60}:`));
  await using stop = orchestrate(box.env, "--stop-all");
  await stop.waitForLine(/^The consumer catches up/);
  process.kill(consumer, "SIGCONT");
  const stopped = await stop.ended();
  assert.deepEqual([stopped.code, stopped.stderr], [0, ""]);
  const { code, stdout, stderr } = await run.ended();
  assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
  assert.deepEqual(await landedIds(box), publishedIds(stdout));
  await assertNobodyRuns(box);
});

Deno.test("--stop-all finds and stops the programs of an orchestrator that was killed", async () => {
  await using box = await sandbox("orch-killed");
  await using run = await both(box);
  const [producer, consumer] = [await pidOf("producer", box), await pidOf("consumer", box)];
  run.signal("SIGKILL");
  await run.waitForLine(/#80:/);
  const stop = await orchestrated(box.env, "--stop-all");
  assert.deepEqual([stop.code, stop.stderr], [0, ""]);
  assert.match(
    stop.stdout,
    new RegExp(
      `^Stopping the producer \\(pid ${producer}\\)…\n(The .+\n)?` +
        `Stopping the consumer \\(pid ${consumer}\\)…\n`,
    ),
  );
  const { code, stdout } = await run.ended();
  assert.equal(code, 137);
  assert.ok(publishedIds(stdout).length >= 80);
  assert.deepEqual(await landedIds(box), publishedIds(stdout));
  await assertNobodyRuns(box);
});

Deno.test("--producers --consumer: when the consumer cannot start, the producers are stopped", async () => {
  await using box = await sandbox("orch-fails");
  const { settings: { ports } } = await services();
  const env = {
    ...box.env,
    AWS_ENDPOINT_URL_S3: `http://localhost:${ports.s3}`,
    AWS_REGION: LOCAL_S3.region,
    AWS_ACCESS_KEY_ID: LOCAL_S3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: "wrong",
  };
  const { code, stdout, stderr } = await orchestrated(env, "--producers", "--consumer");
  assert.equal(code, 1);
  assert.match(
    errorsIn(stderr),
    /^✗ Cannot use the bucket .* access denied .*\n {2}→ check AWS_ACCESS_KEY_ID.*\n$/,
  );
  assert.deepEqual(publishedIds(stdout), await idsInTopics(box.settings).catch(() => []));
  await assertNobodyRuns(box);
});

Deno.test("--producers --consumer: when the consumer is killed, the producers are stopped, and it is said", async () => {
  await using box = await sandbox("orch-kill");
  await using run = await both(box);
  process.kill(await pidOf("consumer", box), "SIGKILL");
  const { code, stdout, stderr } = await run.ended();
  assert.equal(code, 1);
  assert.match(errorsIn(stderr), /^✗ The consumer exited with code 137\n {2}→ .+\n$/);
  assert.match(stdout, /\nStopped: \d+ events published\n$/);
  await assertNobodyRuns(box);
});

Deno.test("--status shows topics with lag, producers, and what the consumer has open", async () => {
  await using box = await sandbox("orch-status");
  await publish(box, "sales", sales(12));
  const args = [
    "--producers",
    "telemetry",
    "--interval",
    "100",
    "--consumer",
    "--batch-size",
    "10",
  ];
  await using run = orchestrate(box.env, ...args);
  await run.waitForLine(/✓ Flushed 10 sales events/);
  await taken(box, 13);
  const { code, stdout, stderr } = await orchestrated(box.env, "--status");
  assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
  const prefix = box.settings.topicPrefix;
  assert.match(stdout, new RegExp(`\\n {2}${prefix}sales_topic +12 +2\\n`));
  assert.match(stdout, new RegExp(`\\n {2}${prefix}telemetry_topic +1 +1\\n`));
  assert.match(stdout, new RegExp(`\\n {2}${prefix}dead_letter_topic +0 +0 wait\\n`));
  const [producer, consumer] = [await pidOf("producer", box), await pidOf("consumer", box)];
  assert.ok(stdout.includes(`\n  producer (pid ${producer})\n`));
  const page = `http://127.0.0.1:${box.env.STATUS_PORT}/status`;
  assert.ok(stdout.includes(`\n  consumer (pid ${consumer}), ${page}\n`));
  assert.match(stdout, /\n {4}sales 2\/10 rows, [45]:\d\d left\n/);
  assert.match(stdout, /\n {4}telemetry 1\/10 rows, [45]:\d\d left\n/);
  assert.match(stdout, /\n {4}landed 10 rows in 1 file, 0 in flight, 0 dead letters\n/);
  const [file] = await landedFiles(box);
  const bytes = new TextEncoder().encode(file!.text).length.toLocaleString("en-US");
  assert.match(
    stdout,
    new RegExp(`\\n {2}sales +1 +10 +${bytes} +1\\n`),
  );
  run.signal("SIGTERM");
  const ended = await run.ended();
  assert.deepEqual([ended.code, errorsIn(ended.stderr)], [0, ""]);
});

Deno.test("--status says when a consumer does not answer, and stopPrograms() ends even that one", async () => {
  await using box = await sandbox("orch-frozen");
  await using run = orchestrate(box.env, "--consumer");
  await owns(box, box.settings.partitions * types.length);
  const pid = await pidOf("consumer", box);
  process.kill(pid, "SIGSTOP");
  const { code, stdout } = await orchestrated(box.env, "--status");
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`consumer \\(pid ${pid}\\), \\S+\\n {4}not responding\\n`));
  const lines: string[] = [];
  const count = await stopPrograms(box.settings, {
    log: (line) => lines.push(line),
    signal: new AbortController().signal,
    timeout: 200,
  });
  assert.equal(count, 1);
  assert.deepEqual(lines, [
    `Stopping the consumer (pid ${pid})…`,
    `The consumer (pid ${pid}) did not exit within 0.2 s, killing it`,
  ]);
  await assertNobodyRuns(box);
  assert.equal((await run.ended()).code, 1);
});
