import assert from "node:assert/strict";
import { types } from "../../shared/catalogue/events.ts";
import { program } from "../integration/program.ts";
import { ownServices } from "../integration/services.ts";
import { type Env, freePorts, unique } from "../integration/settings.ts";
import { until } from "../integration/wait.ts";
import { verify } from "../integration/warehouse.ts";
import { compose, containersOf, docker } from "./compose.ts";

/** Events of each system that a producer on this machine publishes, and then one in a container. */
const EVENTS = 1_500;
const MORE = 50;
const CONSUMERS = 3;
const KILLS = 8;

/** Names of a test's own, for the containers and for the programs on this machine alike. */
function names(env: Env): Env {
  const id = `app-${unique()}`;
  return { ...env, TOPIC_PREFIX: `${id}-`, CONSUMER_GROUP: id, RAW_BUCKET: id };
}

Deno.test("--profile app: three consumers in containers land each event once, though they are killed", async () => {
  await using own = await ownServices("app", ["zookeeper", "kafka", "s3", "warehouse"]);
  const env = names(own.env);
  const up = await compose(
    env,
    "--profile",
    "app",
    "up",
    "--build",
    "--detach",
    "--wait",
    "--scale",
    `consumer=${CONSUMERS}`,
    "consumer",
    "loader",
  );
  assert.equal(up.code, 0, up.stderr);
  const consumers = async () =>
    (await containersOf(env)).filter(({ Service, State }) =>
      Service === "consumer" && State === "running"
    );
  assert.equal((await consumers()).length, CONSUMERS);

  await using producers = program("producers/all.ts", [
    "--interval",
    "0.01",
    "--count",
    String(EVENTS),
  ], {
    permissions: "producer",
    env,
  });
  for (let kill = 0; kill < KILLS; kill++) {
    const [victim] = await consumers();
    await docker("kill", victim!.ID!);
    await docker("start", victim!.ID!);
    await until("it runs again", async () => (await consumers()).length === CONSUMERS);
  }
  assert.equal((await producers.ended(300_000)).code, 0);
  const more = ["--interval", "0", "--count", String(MORE)];
  const script = ["-P=producer", "producers/all.ts", ...more];
  const run = await compose(env, "run", "--rm", "--no-deps", "producers", ...script);
  assert.equal(run.code, 0, run.stderr);
  const all = (EVENTS + MORE) * types.length;
  // A stop lands what is open.
  const stop = await compose(env, "--profile", "app", "stop", "consumer");
  assert.equal(stop.code, 0, stop.stderr);
  // When several stop at once, a rebalance may leave open batches to the others, who are leaving, too.
  await using last = program("consumer/main.ts", ["--timeout", "1"], {
    permissions: "consumer",
    env: { ...env, STATUS_PORT: String(freePorts(1)[0]) },
  });
  let shown = "";
  await until("everything is loaded", async () => {
    const proof = await verify({ env });
    assert.equal(proof.code, 0, proof.stdout);
    shown = proof.stdout;
    const sum = all.toLocaleString("en-US");
    return proof.stdout.includes(`✅ ${sum} published = ${sum} landed + 0 dead letters\n`) &&
      proof.stdout.includes(`✅ ${sum} rows in files = ${sum} facts + 0 rejected + 0 repeats\n`);
  }, 120_000).catch((error) => {
    throw new Error(`${error.message}\n${shown}`);
  });
  last.signal("SIGINT");
  assert.equal((await last.ended()).code, 0);
  const down = await compose(
    env,
    "--profile",
    "app",
    "rm",
    "--stop",
    "--force",
    "consumer",
    "loader",
  );
  assert.equal(down.code, 0, down.stderr);
});

Deno.test("the programs' containers run as nobody in particular, cannot write, and have no shell", async () => {
  const image = "automotive-pipeline:1";
  const [{ Config }] = JSON.parse(await docker("image", "inspect", image));
  assert.equal(Config.User, "65532:65532");
  const help = await docker(
    "run",
    "--rm",
    "--read-only",
    "--cap-drop",
    "ALL",
    "--network",
    "none",
    image,
    "-P=consumer",
    "consumer/main.ts",
    "--help",
  );
  assert.match(help, /^Usage: consume /);
});
