import assert from "node:assert/strict";
import { resolve } from "node:path";
import { dockerRuntime, projectOf } from "../../infra/docker.ts";
import { orchestrate, orchestrated } from "../integration/orchestrate.ts";
import { running } from "../integration/native.ts";
import { ownServices } from "../integration/services.ts";
import { ownEnv, settingsOf } from "../integration/settings.ts";
import { compose, containersOf, docker } from "./compose.ts";

const quiet = { log: () => {} };

Deno.test("docker compose takes the file with every profile", async () => {
  const env = ownEnv("compose-config");
  const { code, stderr } = await compose(env, "--profile", "*", "config", "--quiet");
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("every port that Docker publishes is open to this machine only", async () => {
  await using own = await ownServices("compose-ports");
  const project = projectOf(resolve(own.settings.runtimeDir));
  const ids = (await docker("ps", "-q", "--filter", `label=com.docker.compose.project=${project}`))
    .trim().split("\n");
  const bindings = JSON.parse(await docker("inspect", ...ids)).flatMap((
    container: { HostConfig: { PortBindings: Record<string, { HostIp: string }[]> } },
  ) => Object.values(container.HostConfig.PortBindings).flat());
  assert.ok(bindings.length >= 5, `${bindings.length} ports`);
  for (const { HostIp } of bindings) assert.equal(HostIp, "127.0.0.1");
});

Deno.test("a taken port is named with its variable, and no container is started", async () => {
  const env = ownEnv("compose-taken");
  const settings = settingsOf(env);
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: settings.ports.warehouse });
  await assert.rejects(dockerRuntime(settings).start(quiet), {
    name: "UserError",
    message: new RegExp(`PostgreSQL: port ${settings.ports.warehouse} is in use`),
    hint: /WAREHOUSE_PORT/,
  });
  assert.deepEqual(await containersOf(env), []);
});

Deno.test("a service that fails to start shows the end of its log, and nothing stays up", async () => {
  const env = ownEnv("compose-fails");
  const settings = { ...settingsOf(env), partitions: -1 };
  const runtime = dockerRuntime(settings);
  try {
    await assert.rejects(runtime.start({ ...quiet, services: ["zookeeper", "kafka"] }), {
      name: "UserError",
      message: /^kafka did not start .*\n[^]*num\.partitions/,
    });
    assert.deepEqual(await running(runtime), []);
  } finally {
    await runtime.stop({ ...quiet, purge: true });
  }
});

Deno.test("Ctrl-C in the middle of a start leaves no container behind", async () => {
  const env = ownEnv("compose-abort");
  await using run = orchestrate(env, "--kafka-start");
  await run.waitForLine(/^Starting .* with Docker/);
  run.signal("SIGINT");
  const { code, stderr } = await run.ended();
  assert.deepEqual([code, stderr], [
    130,
    "✗ Interrupted: what this command had started was stopped\n",
  ]);
  assert.deepEqual(await containersOf(env), []);
  await dockerRuntime(settingsOf(env)).stop({ ...quiet, purge: true });
});

Deno.test("--kafka-stop --purge deletes the volumes, --kafka-stop keeps them", async () => {
  await using own = await ownServices("compose-purge", ["s3", "warehouse"]);
  const project = projectOf(resolve(own.settings.runtimeDir));
  const volumes = async () =>
    (await docker("volume", "ls", "-q", "--filter", `label=com.docker.compose.project=${project}`))
      .trim().split("\n").filter(Boolean);
  assert.equal((await orchestrated(own.env, "--kafka-stop")).code, 0);
  assert.ok((await volumes()).length >= 2);
  assert.equal((await orchestrated(own.env, "--kafka-stop", "--purge")).code, 0);
  assert.deepEqual(await volumes(), []);
});
