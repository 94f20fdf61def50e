import assert from "node:assert/strict";
import { FIRST_CTRL_C } from "../../shared/cli/entry.ts";
import { catalogue, types } from "../../shared/catalogue/events.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { listRunning } from "../../shared/cli/running.ts";
import { publish, sales } from "./events.ts";
import { fileName } from "./rows.ts";
import { nativeTest, running } from "./native.ts";
import { orchestrate } from "./orchestrate.ts";
import { type Program, program, task } from "./program.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { type Env, ownEnv } from "./settings.ts";
import { until } from "./wait.ts";
import { putOurs, query, startEtl, warehouseBox } from "./warehouse.ts";

const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143]] as const;

/** A server that takes every connection and never answers. */
function silentServer(): Disposable & { port: number; called: Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const called = Promise.withResolvers<void>();
  const connections: Deno.Conn[] = [];
  (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      called.resolve();
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    called: called.promise,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of connections) connection.close();
    },
  };
}

/** What a program does when it gets the signal: its code, and what it said from then on. */
async function interrupt(run: Program, signal: Deno.Signal) {
  const [before, errorsBefore] = [run.stdout().length, run.stderr().length];
  run.signal(signal);
  const { code } = await run.ended();
  return {
    code,
    stdout: run.stdout().slice(before),
    stderr: run.stderr().slice(errorsBefore),
  };
}

/** The answer to the first Ctrl-C, at once; SIGTERM comes from programs, which are told the end only. */
function answer(signal: string): string {
  return signal === "SIGINT" ? `${FIRST_CTRL_C}\n` : "";
}

/** Everything at one server that never answers. */
function nowhere({ port }: { port: number }): Env {
  return {
    ...ownEnv("interrupted"),
    KAFKA_BROKERS: `127.0.0.1:${port}`,
    S3_PORT: String(port),
    WAREHOUSE_URL: `postgresql://user:password@127.0.0.1:${port}/nowhere`,
    RUNTIME: "native",
  };
}

const bounded: [name: string, script: string, permissions: string, args: string[], said: RegExp][] =
  [
    ["verify", "verify/main.ts", "verify", [], /^✗ Interrupted: nothing was proved\n/],
    ["etl", "warehouse/main.ts", "loader", [], /^✗ Interrupted: nothing was loaded\n/],
    [
      "etl --list",
      "warehouse/main.ts",
      "loader",
      ["--list"],
      /^✗ Interrupted: nothing was found out/,
    ],
    [
      "etl --key",
      "warehouse/main.ts",
      "loader",
      ["--key", "sales/sales_20260226_102345.csv"],
      /^✗ Interrupted: nothing was loaded\n/,
    ],
    [
      "dead-letters",
      "dead_letters/list.ts",
      "dead-letters",
      [],
      /^✗ Interrupted: nothing was listed\n/,
    ],
    [
      "replay",
      "dead_letters/replay.ts",
      "dead-letters",
      [],
      /^✗ Interrupted: nothing was replayed/,
    ],
    ["status", "orchestrator.ts", "orchestrator", ["--status"], /^✗ Interrupted: .*not shown\n/],
  ];

for (const [signal, expected] of SIGNALS) {
  for (const [name, script, permissions, args, said] of bounded) {
    Deno.test(`${name} with ${signal} while it connects ends with ${expected}, and says what was not done`, async () => {
      using server = silentServer();
      await using run = program(script, args, { permissions, env: nowhere(server) });
      await server.called;
      const { code, stdout, stderr } = await interrupt(run, signal);
      assert.deepEqual([code, stdout], [expected, ""], stderr);
      assert.ok(stderr.startsWith(answer(signal)), stderr);
      assert.match(stderr.slice(answer(signal).length), said);
    });
  }

  Deno.test(`producers with a count and ${signal} end with ${expected}, and say how many of them are published`, async () => {
    using server = silentServer();
    const permissions = "producer";
    {
      const args = ["--count", "3"];
      const env = nowhere(server);
      await using run = program("producers/sales.ts", args, { permissions, env });
      await server.called;
      const { code, stdout } = await interrupt(run, signal);
      assert.deepEqual([code, stdout], [expected, "Stopped: 0 of 3 events published\n"]);
    }
    await using box = await sandbox("interrupted-produce");
    const args = ["--count", "2", "--interval", "600"];
    await using run = program("producers/all.ts", args, { permissions, env: box.env });
    await run.waitForLine(/#6:/);
    const { code, stdout, stderr } = await interrupt(run, signal);
    assert.deepEqual([code, stdout, stderr], [
      expected,
      "Stopped: 6 of 12 events published\n",
      answer(signal),
    ]);
  });

  Deno.test(`what runs until it is stopped ends with 0 on ${signal}, while it connects too`, async () => {
    const endless = [
      ["producers/sales.ts", "producer", []],
      ["consumer/main.ts", "consumer", []],
      ["warehouse/main.ts", "loader", ["--watch"]],
    ] as const;
    for (const [script, permissions, args] of endless) {
      using server = silentServer();
      await using run = program(script, args, { permissions, env: nowhere(server) });
      await server.called;
      const { code, stdout, stderr } = await interrupt(run, signal);
      assert.deepEqual([code, stderr], [0, answer(signal)], script);
      assert.match(stdout, /^Stopped/, script);
    }
  });

  Deno.test(`etl with ${signal} in mid-pass loads what is under way, and ends with ${expected}`, async () => {
    await using box = await warehouseBox("interrupted-etl");
    await using first = startEtl(box);
    assert.equal((await first.ended()).code, 0);
    // The loader loads four at a time, and only files of one type together.
    for (const type of types) {
      const ids = { event_id: `E-${type}`, [catalogue[type].idField]: `E-${type}` };
      const row = { event_type: type, timestamp: "2026-02-26T10:30:45.123456", ...ids };
      await putOurs(box, type, fileName(type, 1), [row]);
    }
    await using locker = await connectWarehouse(box.settings, "test");
    await locker.query(
      `BEGIN; LOCK TABLE ${types.map((type) => `warehouse.fact_${type}`).join(", ")}`,
    );
    await using run = startEtl(box);
    const waiting = `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await until("four wait", async () => (await query(box, waiting)).length === 4);
    run.signal(signal);
    if (signal === "SIGINT") await run.waitForLine(/^Stopping…/);
    await locker.query("COMMIT");
    const { code, stdout, stderr } = await run.ended();
    assert.equal(code, expected, stderr);
    assert.equal(stdout.match(/^✓ Loaded/gm)?.length, 4);
    assert.match(stdout, /\nUntil now: 4 files, 4 rows = 4 facts \+ 0 rejected \+ 0 repeats\n$/);
    assert.match(stderr, /^✗ Interrupted: 2 files wait to be loaded\n {2}→ /);
  });

  Deno.test(`verify with ${signal} while it reads ends with ${expected}`, async () => {
    await using box = await sandbox("interrupted-verify");
    await publish(box, "sales", sales(1));
    using server = silentServer();
    const env = {
      ...box.env,
      WAREHOUSE_URL: `postgresql://user:password@127.0.0.1:${server.port}/nowhere`,
    };
    await using run = program("verify/main.ts", [], { permissions: "verify", env });
    await server.called;
    const { code, stdout, stderr } = await interrupt(run, signal);
    assert.deepEqual([code, stdout], [expected, ""]);
    assert.match(stderr, /✗ Interrupted: nothing was proved\n {2}→ run it again/);
  });

  nativeTest(
    `--kafka-start with ${signal} stops what it has started, and ends with ${expected}`,
    async () => {
      await using own = await ownServices("interrupted-start", ["s3"]);
      await using run = orchestrate(own.env, "--kafka-start");
      await run.waitForLine(/^Starting Kafka…/);
      const { code, stderr } = await interrupt(run, signal);
      assert.deepEqual([code, stderr], [
        expected,
        `${answer(signal)}✗ Interrupted: what this command had started was stopped\n`,
      ]);
      assert.deepEqual(await running(own.runtime), ["s3"], "it ran before");
    },
  );

  Deno.test(`--producers with a count, --consumer and ${signal}: all that was published lands, and the code is ${expected}`, async () => {
    await using box = await sandbox("interrupted-both");
    const args = ["--producers", "--count", "2", "--interval", "600", "--consumer"];
    await using run = orchestrate(box.env, ...args);
    await run.waitForLine(/#6:/);
    const { code, stdout } = await interrupt(run, signal);
    assert.equal(code, expected);
    assert.match(stdout, /^Stopped: 6 of 12 events published$/m);
    assert.match(stdout, new RegExp(`^Stopped: 6 events landed in ${types.length} files`, "m"));
    assert.deepEqual(await listRunning(box.settings.runtimeDir), []);
  });
}

Deno.test("a task gives its script's code on, when the terminal sends Ctrl-C to both", async () => {
  using server = silentServer();
  await using run = task("verify", [], { env: nowhere(server) });
  await server.called;
  assert.equal((await interrupt(run, "SIGINT")).code, 130);
});
