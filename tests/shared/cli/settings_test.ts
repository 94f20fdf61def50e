import assert from "node:assert/strict";
import { UserError } from "../../../shared/cli/errors.ts";
import { readSettings, variables } from "../../../shared/cli/settings.ts";

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
    console: 8890,
    s3: 7070,
    s3Web: 7071,
    warehouse: 5432,
    airflow: 8080,
  });
  assert.equal(settings.archiveBucket, "automotive-raw-data-lerato-2026-archive");
  assert.equal(settings.warehouseUrl, undefined);
  assert.equal(settings.airflow.url, undefined);
});

Deno.test(
  "readSettings() names the archive after the raw bucket, and refuses the raw bucket itself",
  { permissions: "none" },
  () => {
    assert.equal(read({ RAW_BUCKET: "abc" }).archiveBucket, "abc-archive");
    assert.equal(read({ RAW_BUCKET: "abc", ARCHIVE_BUCKET: "def" }).archiveBucket, "def");
    const wrong: Record<string, string>[] = [
      { RAW_BUCKET: "abc", ARCHIVE_BUCKET: "abc" },
      { RAW_BUCKET: "a".repeat(60) },
    ];
    for (const env of wrong) {
      assert.throws(() => read(env), { name: "UserError", message: /^ARCHIVE_BUCKET is / });
    }
  },
);

Deno.test(
  "readSettings() never shows a value that may hold a password",
  { permissions: "none" },
  () => {
    for (const url of ["secret", "mysql://me:secret@host/db", "postgresql://me:secret@host"]) {
      assert.throws(
        () => read({ WAREHOUSE_URL: url }),
        (error) =>
          error instanceof UserError && error.exitCode === 2 && !/secret/.test(error.message) &&
          /^WAREHOUSE_URL /.test(error.message) &&
          error.hint!.includes("postgresql://user:password@"),
      );
    }
    const url = "postgresql://me:secret@host:5433/db?sslmode=require";
    assert.equal(read({ WAREHOUSE_URL: url }).warehouseUrl, url);
  },
);

Deno.test("readSettings() takes an empty value as unset", { permissions: "none" }, () => {
  assert.equal(read({ KAFKA_PARTITIONS: "", RAW_BUCKET: " " }).partitions, 3);
});

Deno.test("readSettings() moves the broker with KAFKA_PORT", { permissions: "none" }, () => {
  assert.deepEqual(read({ KAFKA_PORT: "19092" }).brokers, ["localhost:19092"]);
  const env = { KAFKA_PORT: "19092", KAFKA_BROKERS: "a:1,b:2" };
  assert.deepEqual(read(env).brokers, ["a:1", "b:2"]);
});

Deno.test(
  "readSettings() gives every TOPIC_PREFIX a group of its own, and takes one that is given as it is",
  { permissions: "none" },
  () => {
    assert.equal(read({ TOPIC_PREFIX: "test_" }).group, "test_automotive-consumer-group");
    assert.equal(read({ TOPIC_PREFIX: "test_", CONSUMER_GROUP: "mine" }).group, "mine");
    const given = { TOPIC_PREFIX: "test_", CONSUMER_GROUP: "automotive-consumer-group" };
    assert.equal(read(given).group, "automotive-consumer-group");
  },
);

Deno.test("readSettings() refuses a wrong value by name", { permissions: "none" }, () => {
  const wrong: Record<string, string> = {
    KAFKA_BROKERS: "localhost",
    KAFKA_PARTITIONS: "0",
    TOPIC_PREFIX: "a b",
    RAW_BUCKET: "Upper",
    RUNTIME: "podman",
    STATUS_PORT: "65536",
    KAFKA_PORT: "9092x",
    ARCHIVE_BUCKET: "no_bucket",
    SOURCE_TIME_ZONE: "+02:00",
    AIRFLOW_API_URL: "localhost:8080",
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

Deno.test(
  "readSettings() refuses a CONSOLE_TOKEN that no address can carry as it is",
  { permissions: "none" },
  () => {
    for (const token of ["secret-#1", "secret-&1", "secret-%1", "secret 12", "secret1"]) {
      assert.throws(() => read({ CONSOLE_TOKEN: token }), {
        message: "CONSOLE_TOKEN has a value that cannot be used",
        hint: /^set it to 8 to 200 ASCII characters, none of them a blank, #, & or %: /,
      });
    }
    assert.equal(read({ CONSOLE_TOKEN: "c2Vj+cmV0/w==" }).console.token, "c2Vj+cmV0/w==");
  },
);

interface EnvPermission {
  permissions: Record<string, { env: true | { allow: string[]; ignore: boolean } }>;
}

/** What programs of a set have no use for, and so cannot read. */
const unread: Record<string, RegExp> = {
  producer:
    /^(CONSUMER_|CONSOLE_|RAW_|ARCHIVE_|RUNTIME$|SESSION_|SOURCE_|STATUS_|LOADER_|ZOO|S3|WAREHOUSE_|AIRFLOW_)/,
  consumer: /^(CONSOLE_|LOADER_|SOURCE_|WAREHOUSE_|AIRFLOW_PORT|RUNTIME$|ZOO)/,
  "dead-letters":
    /^(CONSUMER_|CONSOLE_|RAW_|ARCHIVE_|RUNTIME|SESSION_|SOURCE_|STATUS_|LOADER_|ZOO|S3|WAREHOUSE_|AIRFLOW_)/,
  console: /^(RUNTIME$|SESSION_|SOURCE_|STATUS_|LOADER_|ZOO|AIRFLOW_)/,
  loader: /^(CONSOLE_|KAFKA_|TOPIC_PREFIX|CONSUMER_GROUP|RUNTIME$|SESSION_|STATUS_|ZOO|AIRFLOW_)/,
  verify: /^(CONSOLE_|RUNTIME$|SESSION_|SOURCE_|STATUS_|LOADER_|ZOO|AIRFLOW_)/,
};

/** Whether a set's list has a variable: by its name, or by its family, whose misspelt members are said. */
function allows(list: readonly string[], name: string): boolean {
  return list.some((entry) =>
    entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry
  );
}

for (const [set, useless] of Object.entries(unread)) {
  Deno.test(`deno.json: the set ${set} may read just the settings that it uses`, () => {
    const { permissions }: EnvPermission = JSON.parse(Deno.readTextFileSync("deno.json"));
    const env = permissions[set]!.env;
    assert.ok(env !== true);
    const used = Object.keys(variables).filter((name) => !useless.test(name));
    const readable = Object.keys(variables).filter((name) => allows(env.allow, name));
    assert.deepEqual(readable.toSorted(), used.toSorted());
  });
}
