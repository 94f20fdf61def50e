import assert from "node:assert/strict";
import { LOCAL_S3 } from "../../shared/s3/client.ts";
import { running } from "./native.ts";
import { orchestrated } from "./orchestrate.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { ownEnv } from "./settings.ts";

Deno.test("--kafka-start, again, --status, --kafka-stop, again, --stop-all", async () => {
  await using own = await ownServices("orchestrate", []);
  const { env } = own;
  const closing = [
    "✅ Kafka Infrastructure Started!",
    `   - Kafka Broker: localhost:${env.KAFKA_PORT}`,
    `   - Zookeeper: localhost:${env.ZOOKEEPER_PORT}`,
    ...own.runtime.name === "docker"
      ? [
        `   - Kafka UI: http://localhost:${env.KAFKA_UI_PORT}`,
        `   - Console: http://localhost:${env.CONSOLE_PORT}`,
      ]
      : [
        `   - Console: http://localhost:${env.CONSOLE_PORT}, and http://localhost:${env.KAFKA_UI_PORT}`,
      ],
    `   - S3: http://localhost:${env.S3_PORT}`,
    `   - S3 browser: http://localhost:${env.S3_WEB_PORT} (access key ${LOCAL_S3.accessKeyId}, secret ${LOCAL_S3.secretAccessKey})`,
    `   - Warehouse: postgresql://automotive:automotive-local@localhost:${env.WAREHOUSE_PORT}/automotive`,
    "",
  ].join("\n");

  const start = await orchestrated(env, "--kafka-start");
  assert.deepEqual([start.code, start.stderr], [0, ""]);
  assert.ok(start.stdout.endsWith(closing), start.stdout);
  assert.match(start.stdout, /^Starting /m);

  const again = await orchestrated(env, "--kafka-start");
  assert.deepEqual(again, {
    code: 0,
    stdout: `The services are already running\n${closing}`,
    stderr: "",
  });

  const fresh = await orchestrated(env, "--status");
  assert.deepEqual([fresh.code, fresh.stderr], [0, ""]);
  assert.match(fresh.stdout, /\n {2}kafka +running +localhost:\d+\n/);
  assert.match(fresh.stdout, /\nTopics .*\n {2}none yet: /);
  assert.match(fresh.stdout, /\nPrograms\n {2}no producer, consumer or loader is running\n/);
  assert.match(fresh.stdout, /\nLanded files .*\n {2}none yet: /);
  assert.match(fresh.stdout, /\nWarehouse\n {2}empty: deno task etl /);

  const stop = await orchestrated(env, "--kafka-stop");
  assert.deepEqual([stop.code, stop.stderr], [0, ""]);
  assert.ok(stop.stdout.endsWith("\n✅ Services stopped\n"), stop.stdout);
  assert.deepEqual(await running(own.runtime), []);

  const nothing = await orchestrated(env, "--kafka-stop");
  assert.deepEqual(nothing, { code: 0, stdout: "The services were not running\n", stderr: "" });

  const away = await orchestrated(env, "--status");
  assert.deepEqual([away.code, away.stderr], [0, ""]);
  assert.match(away.stdout, /\n {2}kafka +stopped +localhost:\d+\n/);
  const hint = "  → start it with: deno task kafka:start";
  assert.ok(away.stdout.includes(`  Cannot reach Kafka at localhost:${env.KAFKA_PORT}: `));
  assert.ok(away.stdout.includes(`  Cannot reach S3 at http://localhost:${env.S3_PORT}: `));
  assert.ok(away.stdout.includes("  Cannot use the warehouse at postgresql://localhost:"));
  assert.equal(away.stdout.split(hint).length, 4, "a hint for each of the three");

  const all = await orchestrated(env, "--stop-all");
  assert.deepEqual(all, {
    code: 0,
    stdout: "No producer, consumer or loader was running\nThe services were not running\n",
    stderr: "",
  });
});

Deno.test("--kafka-stop --purge deletes the data, and says so", async () => {
  await using own = await ownServices("orchestrate-purge", ["s3"]);
  const worlds = `${own.settings.runtimeDir}/worlds`;
  await Deno.mkdir(`${worlds}/producer_ids_00000000`, { recursive: true });
  const { code, stdout } = await orchestrated(own.env, "--kafka-stop", "--purge");
  assert.equal(code, 0);
  assert.ok(stdout.endsWith("✅ Services stopped\nTheir data was deleted\n"), stdout);
  await assert.rejects(Deno.stat(`${own.settings.runtimeDir}/data/s3`), Deno.errors.NotFound);
  await assert.rejects(Deno.stat(worlds), Deno.errors.NotFound);
});

Deno.test("--kafka-start with a taken port names the port and its variable, and starts nothing", async () => {
  await using own = await ownServices("orchestrate-taken", []);
  using _other = Deno.listen({ hostname: "127.0.0.1", port: Number(own.env.KAFKA_PORT) });
  const { code, stdout, stderr } = await orchestrated(own.env, "--kafka-start");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, new RegExp(`^✗ Cannot start Kafka: port ${own.env.KAFKA_PORT} is in use`));
  assert.match(stderr, /\n {2}→ .*KAFKA_PORT\n$/);
  assert.deepEqual(await running(own.runtime), []);
});

Deno.test("a wrong flag is refused with exit code 2 before anything starts", async () => {
  const env = ownEnv("orchestrate-wrong");
  const cases = [
    ["--kafka-start --producers --count 0", "--count", "'0'"],
    ["--kafka-start --producers --interval -1", "--interval", "'-1'"],
    ["--kafka-start --consumer --batch-size", "--batch-size"],
    ["--kafka-start --consumer --timeout ten", "--timeout", "'ten'"],
    ["--kafka-start --now", "--now"],
    ["--kafka-start --purge", "--purge"],
    ["--demo --duration 0", "--duration", "'0'"],
  ];
  for (const [args, ...parts] of cases) {
    const { code, stdout, stderr } = await orchestrated(env, ...args!.split(" "));
    assert.deepEqual([code, stdout], [2, ""], args);
    assert.match(stderr, /^✗ .+\n {2}→ .+\n$/);
    for (const part of parts) assert.ok(stderr.includes(part), stderr);
  }
  await assert.rejects(Deno.stat(env.RUNTIME_DIR!), Deno.errors.NotFound);
});

Deno.test("--status says what is wrong with the credentials, and shows none of them", async () => {
  await using box = await sandbox("orchestrate-secret");
  const env = {
    ...box.env,
    AWS_ENDPOINT_URL_S3: `http://localhost:${box.settings.ports.s3}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: LOCAL_S3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: "wrong-secret",
  };
  const { code, stdout, stderr } = await orchestrated(env, "--status");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /access denied.*\n {2}→ check AWS_SECRET_ACCESS_KEY/);
  assert.doesNotMatch(stdout, /wrong-secret/);
});
