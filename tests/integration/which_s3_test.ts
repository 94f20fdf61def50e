import assert from "node:assert/strict";
import { LOCAL_S3 } from "../../shared/s3/client.ts";
import { consume } from "./consume.ts";
import { publish, sales } from "./events.ts";
import { landedIds } from "./landed.ts";
import { orchestrated } from "./orchestrate.ts";
import { program } from "./program.ts";
import { sandbox } from "./sandbox.ts";
import { type Env, ownEnv } from "./settings.ts";

/** The local S3 as somebody's own, by the variables of AWS. */
function asAws(port: number) {
  return {
    AWS_ENDPOINT_URL_S3: `http://localhost:${port}`,
    AWS_ACCESS_KEY_ID: LOCAL_S3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_S3.secretAccessKey,
  };
}

for (const args of [["--demo"], ["--kafka-start", "--producers", "--consumer"]]) {
  Deno.test(`${args[0]} --s3 aws with an S3 that cannot be used starts nothing, and says which variables`, async () => {
    const env: Env = { ...ownEnv("s3-aws"), AWS_DEFAULT_REGION: "eu-west-1" };
    const { code, stdout, stderr } = await orchestrated(env, ...args, "--s3", "aws");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /AWS S3 \(eu-west-1\): no AWS credentials .* although S3=aws\n {2}→ /);
    await assert.rejects(Deno.stat(env.RUNTIME_DIR!), Deno.errors.NotFound);
  });
}

Deno.test("--demo --s3 aws with a profile that its programs may not read starts nothing, and names the set", async () => {
  const env: Env = { ...ownEnv("s3-profile"), AWS_PROFILE: "work" };
  const { code, stdout, stderr } = await orchestrated(env, "--demo", "--s3", "aws");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^✗ Cannot use the AWS profile "work": .*"consumer" may not read \/\S*\.aws\n/,
  );
  await assert.rejects(Deno.stat(env.RUNTIME_DIR!), Deno.errors.NotFound);
});

Deno.test("the consumer says which variables chose the S3, and takes AWS_DEFAULT_REGION for the region", async () => {
  await using box = await sandbox("default-region");
  await publish(box, "sales", sales(3));
  const aws = asAws(box.settings.ports.s3);
  // What is empty counts as unset, for the SDK too.
  const empty = {
    AWS_REGION: "",
    AWS_PROFILE: " ",
    AWS_USE_FIPS_ENDPOINT: "",
    AWS_MAX_ATTEMPTS: "",
  };
  const env = { ...aws, ...empty, AWS_DEFAULT_REGION: LOCAL_S3.region };
  await using consumer = consume(box, ["--batch-size", "3"], env);
  const names = "AWS_ENDPOINT_URL_S3, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID";
  await consumer.waitForLine(
    new RegExp(`^Landing in ${aws.AWS_ENDPOINT_URL_S3}, because ${names} are set \\(S3=local `),
  );
  await consumer.waitForLine(/✓ Flushed 3 sales events/);
  assert.equal((await landedIds(box)).length, 3);
});

Deno.test("with S3=local, or with empty variables of AWS, every program uses the local S3", async () => {
  await using box = await sandbox("s3-local");
  const away = { AWS_ENDPOINT_URL_S3: "http://localhost:1", AWS_REGION: "", AWS_PROFILE: "work" };
  const cases = [
    { S3: "local", ...away },
    Object.fromEntries(Object.keys(away).map((name) => [name, ""])),
  ];
  for (const more of cases) {
    const env = { ...box.env, ...more };
    const { code, stdout, stderr } = await orchestrated(env, "--status");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Services /);
    assert.doesNotMatch(stdout, /localhost:1\b/);
    await using list = program("warehouse/main.ts", ["--list"], { permissions: "loader", env });
    assert.deepEqual(await list.ended(), { code: 0, stdout: "", stderr: "" });
  }
});

Deno.test("programs that do not use the local S3 say so first, and results stay results", async () => {
  await using box = await sandbox("s3-elsewhere");
  const aws = { ...asAws(box.settings.ports.s3), AWS_REGION: LOCAL_S3.region };
  const env = { ...box.env, ...aws };
  const says = new RegExp(`^Using ${aws.AWS_ENDPOINT_URL_S3}, because AWS_ENDPOINT_URL_S3, `);
  assert.match((await orchestrated(env, "--status")).stdout, says);
  for (const [script, permissions] of [["warehouse", "loader"], ["verify", "verify"]]) {
    const args = permissions === "loader" ? ["--list"] : [];
    await using run = program(`${script}/main.ts`, args, { permissions: permissions!, env });
    const { stdout, stderr } = await run.ended();
    assert.match(stderr, says);
    assert.doesNotMatch(stdout, says);
  }
});
