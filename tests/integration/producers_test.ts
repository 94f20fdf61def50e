import { Partitioners } from "kafkajs";
import assert from "node:assert/strict";
import {
  catalogue,
  type Event,
  isType,
  topicOf,
  type Type,
  types,
} from "../../shared/catalogue/events.ts";
import { READER_GONE } from "../../shared/cli/printing.ts";
import { listRunning } from "../../shared/cli/running.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { program } from "./program.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { type Found, readTopics } from "./topics.ts";

const permissions = "producer";
const LINE = /^✓ Published (\w+)_#(\d+): (\w+-[0-9A-F]{8})$/;

/** What a producer has printed: each event's number, type and id. */
function published(stdout: string) {
  return stdout.split("\n").map((line) => LINE.exec(line)).filter((match) => match !== null).map(
    ([, type, number, id]) => ({ type: type as Type, number: Number(number), id: id! }),
  );
}

function read(settings: Settings, of: readonly Type[] = types): Promise<Found[]> {
  return readTopics(settings, of.map((type) => topicOf(type, settings.topicPrefix)));
}

function eventOf(message: Found): Event {
  return JSON.parse(String(message.value));
}

/** All that was printed is in the topics, nothing else is, and nothing twice. */
function assertSame(stdout: string, messages: Found[]): void {
  const printed = published(stdout);
  assert.deepEqual(printed.map(({ number }) => number), printed.map((_, index) => index + 1));
  const ids = messages.map((message) => eventOf(message).event_id).toSorted();
  assert.deepEqual(printed.map(({ id }) => id).toSorted(), ids);
}

Deno.test("each script publishes its system alone, keyed and by an idempotent producer", async () => {
  await using box = await sandbox("scripts");
  const files = await Array.fromAsync(Deno.readDir("producers"));
  const scripts = files.map(({ name }) => name.replace(/\.ts$/, "")).filter(isType);
  const programs = scripts.map((type) => ({
    type,
    // At the same time, so that all of them try to create the topics.
    run: program(`producers/${type}.ts`, ["--count", "3", "--interval", "0.01"], {
      permissions,
      env: box.env,
    }),
  }));
  for (const { type, run } of programs) {
    await using _ = run;
    const { code, stdout, stderr } = await run.ended();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /\nDone: 3 events published\n$/);
    const messages = await read(box.settings, [type]);
    assertSame(stdout, messages);
    const partitionOf = Partitioners.DefaultPartitioner();
    for (const message of messages) {
      const event = eventOf(message) as unknown as Record<string, unknown>;
      const key = String(message.key);
      assert.equal(event.event_type, type);
      assert.equal(key, event[catalogue[type].key]);
      const ids = Array.from({ length: box.settings.partitions }, (_, partitionId) => partitionId);
      const partitionMetadata = ids.map((partitionId) => ({
        ...{ partitionId, partitionErrorCode: 0, leader: 0, replicas: [], isr: [] },
      }));
      const { topic } = message;
      assert.equal(
        message.partition,
        partitionOf({
          topic,
          partitionMetadata,
          message: { key: message.key, value: message.value },
        }),
      );
      const { batchContext } = message as unknown as { batchContext: { producerId: string } };
      assert.notEqual(batchContext.producerId, "-1");
    }
  }
});

Deno.test("all.ts numbers the events across systems, each system in turn", async () => {
  await using box = await sandbox("all");
  await using run = program(
    "producers/all.ts",
    ["--type", "sales,telemetry", "--type", "payments", "--count", "2", "--interval", "0.01"],
    { permissions, env: box.env },
  );
  const { code, stdout } = await run.ended();
  assert.equal(code, 0);
  assert.deepEqual(published(stdout).map(({ type, number }) => `${type}_#${number}`), [
    ...["sales_#1", "payments_#2", "telemetry_#3"],
    ...["sales_#4", "payments_#5", "telemetry_#6"],
  ]);
  assertSame(stdout, await read(box.settings));
});

Deno.test("--seed makes the same events again", async () => {
  const contents: string[][] = [];
  for (const name of ["seed-one", "seed-two"]) {
    await using box = await sandbox(name);
    const args = ["--count", "20", "--interval", "0", "--seed", "42"];
    await using run = program("producers/all.ts", args, { permissions, env: box.env });
    assert.equal((await run.ended()).code, 0);
    const messages = await read(box.settings);
    contents.push(messages.map(({ value }) => String(value)).toSorted());
  }
  assert.equal(contents[0]!.length, 120);
  assert.deepEqual(contents[0], contents[1]);
});

Deno.test("a first SIGTERM ends a producer cleanly: printed is what is in the topics", async () => {
  await using box = await sandbox("sigterm");
  for (const interval of ["0", "0.01"]) {
    await using run = program("producers/all.ts", ["--interval", interval], {
      permissions,
      env: box.env,
    });
    await run.waitForLine(/#20:/);
    const [running] = await listRunning(box.settings.runtimeDir);
    assert.deepEqual([running?.role, running?.pid], ["producer", run.pid]);
    run.signal("SIGTERM");
    const { code, stdout, stderr } = await run.ended();
    assert.deepEqual([code, stderr], [0, ""]);
    const printed = published(stdout);
    assert.ok(stdout.endsWith(`\nStopped: ${printed.length} events published\n`));
    const ids = new Set(printed.map(({ id }) => id));
    const messages = await read(box.settings);
    const own = messages.filter((message) => ids.has(eventOf(message).event_id));
    assertSame(stdout, own);
    if (interval === "0") assert.equal(messages.length, own.length);
    assert.deepEqual(await listRunning(box.settings.runtimeDir), []);
  }
});

Deno.test("a producer whose output nobody reads any more stops without an error", async () => {
  await using box = await sandbox("closed");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", `-P=${permissions}`, "producers/sales.ts", "--interval", "0.05"],
    env: box.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assert.deepEqual([code, stderr], [READER_GONE, ""]);
});

Deno.test("wrong options are refused before anything starts", async () => {
  const env = { KAFKA_BROKERS: "localhost:1" };
  const cases: [string[], ...RegExp[]][] = [
    [["--count", "0"], /--count/, /'0'/, /1 or more/],
    [["--count"], /--count/, /missing/],
    [["--interval", "-1"], /--interval/, /'-1'/],
    [["--type", "boats"], /--type/, /'boats'/, /all.*sales, payments, interactions, inventory/],
    [["--tempo", "1"], /--tempo/],
  ];
  for (const [args, ...patterns] of cases) {
    await using run = program("producers/all.ts", args, { permissions, env });
    const { code, stdout, stderr } = await run.ended();
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    for (const pattern of patterns) assert.match(stderr, pattern);
  }
});

Deno.test("Kafka not running: says which address and what to do, after waiting for it", async () => {
  const env = { KAFKA_BROKERS: "localhost:1" };
  await using run = program("producers/sales.ts", [], { permissions, env });
  const { code, stdout, stderr } = await run.ended();
  assert.deepEqual([code, stdout], [1, ""]);
  const [waiting, error, hint, ...rest] = stderr.trimEnd().split("\n");
  assert.match(waiting!, /^Waiting for Kafka at localhost:1: /);
  assert.match(error!, /^✗ Cannot reach Kafka at localhost:1: .*refused/i);
  assert.match(hint!, /deno task kafka:start/);
  assert.deepEqual(rest, []);
});

Deno.test("a host that the permission set does not allow is named at once", async () => {
  const env = { KAFKA_BROKERS: "kafka.example.com:9092" };
  await using run = program("producers/sales.ts", [], { permissions, env });
  const { code, stderr } = await run.ended();
  assert.equal(code, 1);
  assert.match(stderr, /kafka\.example\.com:9092.*"producer"/);
  assert.match(stderr, /deno\.json/);
});

Deno.test("Kafka gone in mid-run and back: nothing lost, nothing twice", async () => {
  await using own = await ownServices("outage", ["zookeeper", "kafka"]);
  const native = own.runtime.name === "native";
  for (const outage of native ? ["stop", "kill"] as const : ["stop"] as const) {
    for (const interval of ["0", "0.02"]) {
      const env = { ...own.env, TOPIC_PREFIX: `${outage}${interval}-` };
      const count = interval === "0" ? 20_000 : 300;
      const args = ["--interval", interval, "--count", String(count)];
      await using run = program("producers/all.ts", args, { permissions, env });
      await run.waitForLine(/#200:/);
      await own[outage]("kafka");
      await run.waitForLine(/^Waiting for Kafka at /);
      await own.start("kafka");
      const { code, stdout, stderr } = await run.ended(120_000);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Waiting for Kafka at localhost:\d+: .+\nKafka is back\n/);
      assert.equal(published(stdout).length, count * types.length);
      assertSame(stdout, await read({ ...own.settings, topicPrefix: env.TOPIC_PREFIX }));
    }
  }
});
