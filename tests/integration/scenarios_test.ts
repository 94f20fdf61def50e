import assert from "node:assert/strict";
import { listRuns } from "../../shared/cli/run_records.ts";
import { listRunning } from "../../shared/cli/running.ts";
import { types } from "../../shared/catalogue/events.ts";
import { landedIds } from "./landed.ts";
import { running } from "./native.ts";
import {
  errorsIn,
  orchestrateTask,
  ownNames,
  publishedEvents,
  publishedIds,
} from "./orchestrate.ts";
import { ownServices } from "./services.ts";
import { until } from "./wait.ts";

const DONE = /^The producers are done; the consumer keeps running/;

/** Each scenario made short, the systems it publishes events of, and when it is interrupted. */
const scenarios = [
  { name: "scenario:quick", args: ["--count", "2", "--interval", "0.1"], of: types, at: DONE },
  { name: "scenario:stress", args: ["--interval", "0.02"], of: types, at: /#90:/ },
  {
    name: "scenario:single",
    args: ["--count", "4", "--interval", "0.1"],
    of: ["telemetry"],
    at: DONE,
  },
] as const;

Deno.test("the scenario tasks start services, publish, and land everything on Ctrl-C; stop ends it all", async () => {
  await using own = await ownServices("scenarios", []);
  for (const [index, { name, args, of, at }] of scenarios.entries()) {
    await using box = ownNames(own, "scenario");
    const env = { ...box.env, AWS_PROFILE: "work" };
    await using run = orchestrateTask(env, name, ...args);
    await run.waitForLine(at);
    // To the task runner and to its child, as in a terminal: both hand it on, and it is one press.
    run.signal("SIGINT");
    const { code, stdout, stderr } = await run.ended();
    // What was to publish more was not done.
    assert.deepEqual([code, errorsIn(stderr)], [at === DONE ? 0 : 130, ""], name);
    assert.match(stdout, index === 0 ? /^Starting / : /^The services are already running\n/);
    assert.match(stdout, /✅ Kafka Infrastructure Started!\n/);
    const events = publishedEvents(stdout);
    assert.deepEqual(events.map(({ number }) => number), events.map((_, i) => i + 1));
    assert.deepEqual([...new Set(events.map(({ type }) => type))], of);
    if (at === DONE) assert.equal(events.length, Number(args[1]) * of.length);
    assert.match(stdout, new RegExp(`\\nStopped: ${events.length} events landed in `));
    assert.match(stdout, /\nThe services keep running; .*deno task kafka:stop\n$/);
    assert.deepEqual(await landedIds(box), publishedIds(stdout), name);
    assert.deepEqual(await listRunning(box.settings.runtimeDir), []);
    const [record] = await listRuns(box.settings.runtimeDir);
    assert.deepEqual(
      [record?.kind, record?.outcome, record?.figures],
      ["scenario", at === DONE ? "passed" : "interrupted", {
        published: events.length,
        committed: events.length,
        "dead letters": 0,
      }],
    );
    assert.deepEqual(record!.arguments.slice(-args.length), args);
  }
  await using stop = orchestrateTask(own.env, "stop");
  const { code, stdout } = await stop.ended();
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^No producer, consumer or loader was running\n[^]*\n✅ Services stopped\n$/,
  );
  assert.deepEqual(await running(own.runtime), []);
});

Deno.test("stop, while producers and a consumer run: all that was published lands, then the services stop", async () => {
  await using own = await ownServices("stop-all", []);
  await using box = ownNames(own, "stop-all");
  await using run = orchestrateTask(
    box.env,
    "scenario:quick",
    "--count",
    "9999",
    "--interval",
    "0.02",
  );
  await run.waitForLine(/#60:/);
  // On a busy machine it may still be starting.
  await until("the consumer runs", async () => {
    const programs = await listRunning(box.settings.runtimeDir);
    return programs.some(({ role }) => role === "consumer");
  });
  await using stop = orchestrateTask(box.env, "stop");
  const stopped = await stop.ended();
  assert.deepEqual([stopped.code, stopped.stderr], [0, ""]);
  assert.match(
    stopped.stdout,
    /^Stopping the producer \(pid \d+\)…\n(The .+\n)?Stopping the consumer \(pid \d+\)…\n/,
  );
  assert.match(stopped.stdout, /\n✅ Services stopped\n$/);
  assert.deepEqual(await running(own.runtime), []);
  const { code, stdout } = await run.ended();
  // Its producers were told of more events.
  assert.equal(code, 143);
  await own.runtime.start({ log() {}, services: ["s3"] });
  assert.deepEqual(await landedIds(box), publishedIds(stdout));
});
