import assert from "node:assert/strict";
import { program } from "./program.ts";
import { services } from "./services.ts";
import { type Env, freePorts, ownEnv } from "./settings.ts";

async function doctor(env: Env) {
  await using run = program("doctor/main.ts", [], { permissions: "doctor", env });
  return await run.ended();
}

Deno.test("doctor says of what runs where it is, and that data can go there", async () => {
  const { env, settings: { ports } } = await services();
  const { code, stdout, stderr } = await doctor(env);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, new RegExp(`✓ Kafka +running at localhost:${ports.kafka}\n`));
  assert.match(
    stdout,
    new RegExp(`✓ events +to Kafka at localhost:${ports.kafka} \\(1 broker\\)\n`),
  );
  assert.match(
    stdout,
    new RegExp(`✓ files +to the bucket \\S+ at http://localhost:${ports.s3}\n`),
  );
  assert.match(stdout, /✓ clock {3}as S3's\n/);
  assert.match(stdout, /✓ rows {4}to PostgreSQL \d.* at postgresql:\/\/localhost:\d+\//);
  assert.match(stdout, /\n\nNothing stands in the way\n$/);
});

Deno.test("doctor takes services that do not run yet for no problem", async () => {
  const env = ownEnv("doctor-stopped");
  const { code, stdout } = await doctor(env);
  assert.equal(code, 0, stdout);
  assert.match(stdout, new RegExp(`✓ Kafka +stopped; port ${env.KAFKA_PORT} is free\n`));
  assert.match(stdout, /✓ events +to Kafka at \S+, which does not run yet\n/);
});

Deno.test("doctor has no use for the port of a warehouse that is elsewhere", async () => {
  const env = ownEnv("doctor-elsewhere");
  using _other = Deno.listen({ hostname: "127.0.0.1", port: Number(env.WAREHOUSE_PORT) });
  const { code, stdout } = await doctor({
    ...env,
    WAREHOUSE_URL: `postgresql://me@localhost:${freePorts(1)[0]}/automotive`,
  });
  assert.equal(code, 0, stdout);
  assert.match(stdout, /✓ Kafka +stopped; /);
  assert.doesNotMatch(stdout, /^. PostgreSQL/m);
});

Deno.test("doctor names a taken port, a host that may not be asked, and what is not configured", async () => {
  const env = ownEnv("doctor-wrong");
  using _other = Deno.listen({ hostname: "127.0.0.1", port: Number(env.KAFKA_PORT) });
  const { code, stdout } = await doctor({
    ...env,
    KAFKA_BROKERS: "kafka.example:9092",
    AWS_ENDPOINT_URL_S3: `http://localhost:${freePorts(1)[0]}`,
  });
  assert.equal(code, 1);
  assert.match(
    stdout,
    new RegExp(`✗ Kafka +.*port ${env.KAFKA_PORT} is in use.*\n +→ .*KAFKA_PORT\n`),
  );
  assert.match(stdout, /✗ events .*"doctor" does not allow the host\n +→ add "kafka\.example" to /);
  assert.match(stdout, /✗ files .*no region is set.*\n +→ set AWS_REGION/);
  assert.match(stdout, /\n\n3 problems\n$/);
});
