import assert from "node:assert/strict";
import { UserError } from "../shared/errors.ts";
import { readSettings, variables } from "../shared/settings.ts";

function read(env: Record<string, string> = {}) {
  return readSettings((name) => env[name]);
}

Deno.test("readSettings() has defaults for everything", { permissions: "none" }, () => {
  const settings = read();
  assert.deepEqual(settings.brokers, ["localhost:9092"]);
  assert.equal(settings.partitions, 3);
  assert.equal(settings.group, "automotive-consumer-group");
  assert.equal(settings.bucket, "automotive-raw-data-lerato-2026");
  assert.equal(settings.runtime, undefined);
  assert.deepEqual(settings.ports, {
    zookeeper: 2181,
    kafka: 9092,
    kafkaUi: 8888,
    s3: 7070,
    s3Web: 7071,
  });
});

Deno.test("readSettings() takes an empty value as unset", { permissions: "none" }, () => {
  assert.equal(read({ KAFKA_PARTITIONS: "", RAW_BUCKET: " " }).partitions, 3);
});

Deno.test("readSettings() moves the broker with KAFKA_PORT", { permissions: "none" }, () => {
  assert.deepEqual(read({ KAFKA_PORT: "19092" }).brokers, ["localhost:19092"]);
  const env = { KAFKA_PORT: "19092", KAFKA_BROKERS: "a:1,b:2" };
  assert.deepEqual(read(env).brokers, ["a:1", "b:2"]);
});

Deno.test("readSettings() refuses a wrong value by name", { permissions: "none" }, () => {
  const wrong: Record<string, string> = {
    KAFKA_BROKERS: "localhost",
    KAFKA_PARTITIONS: "0",
    TOPIC_PREFIX: "a b",
    RAW_BUCKET: "Upper",
    RUNTIME: "podman",
    STATUS_PORT: "65536",
    KAFKA_PORT: "9092x",
  };
  for (const [name, value] of Object.entries(wrong)) {
    assert.throws(
      () => read({ [name]: value }),
      (error) =>
        error instanceof UserError && error.exitCode === 2 &&
        error.message.includes(name) && error.message.includes(value) && Boolean(error.hint),
      name,
    );
  }
});

interface EnvPermission {
  permissions: Record<string, { env: true | { allow: string[]; ignore: boolean } }>;
}

Deno.test("deno.json: every setting may be read by the scripts", () => {
  const { permissions }: EnvPermission = JSON.parse(Deno.readTextFileSync("deno.json"));
  for (const set of ["producer", "consumer"]) {
    const env = permissions[set]!.env;
    assert.ok(env !== true);
    for (const name of Object.keys(variables)) {
      assert.ok(env.allow.includes(name), `${name} is missing in the set ${set}`);
    }
  }
});
