import assert from "node:assert/strict";
import { variables } from "../../../shared/cli/settings.ts";
import { unknownIn, unknownInEnvFile } from "../../../shared/cli/unknown_variables.ts";

const unit = { permissions: "none" } as const;

/** An environment with some variables set. */
function set(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, "x"]));
}

Deno.test("unknownIn() says which variable was probably meant", unit, () => {
  const meant: Record<string, string> = {
    KAFKA_BROKER: "KAFKA_BROKERS",
    KAFAK_BROKERS: "KAFKA_BROKERS",
    kafka_brokers: "KAFKA_BROKERS",
    RAWBUCKET: "RAW_BUCKET",
    WAREHOUSE_URI: "WAREHOUSE_URL",
    AWS_ACCES_KEY_ID: "AWS_ACCESS_KEY_ID",
  };
  for (const [name, right] of Object.entries(meant)) {
    assert.deepEqual(unknownIn(set(name)), [
      `⚠ The variable ${name} is not known: did you mean ${right}?`,
    ]);
    assert.deepEqual(unknownInEnvFile(set(name)), [
      `⚠ ${name} in .env is not known: did you mean ${right}?`,
    ]);
  }
});

Deno.test("unknownIn() says nothing of our own variables, and of those of others", unit, () => {
  assert.deepEqual(unknownIn(set(...Object.keys(variables))), []);
  const others = "PATH HOME PS1 S4 TERM LANG KAFKA_HOME KAFKA_OPTS KAFKA_HEAP_OPTS AWS_PAGER " +
    "KAFKA_PORT_9092_TCP KAFKA_SERVICE_PORT AIRFLOW_HOME HOST PORT DEBUG AWS_ROLE_ARN";
  assert.deepEqual(unknownIn(set(...others.split(" "))), []);
  assert.deepEqual(unknownIn({ KAFKA_BROKER: "" }), []);
});

Deno.test(
  "unknownInEnvFile() also says what is near to nothing, unless others read the file too",
  unit,
  () => {
    assert.deepEqual(unknownInEnvFile(set("KAFKA_BOOTSTRAP_SERVERS")), [
      "⚠ KAFKA_BOOTSTRAP_SERVERS in .env is not known: see .env.example for the names",
    ]);
    const others = "COMPOSE_PROJECT_NAME CONTAINER_PREFIX DEBUG HTTPS_PROXY AWS_ROLE_ARN JAVA_HOME";
    assert.deepEqual(unknownInEnvFile(set(...others.split(" "), ...Object.keys(variables))), []);
  },
);
