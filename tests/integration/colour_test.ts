import assert from "node:assert/strict";
import { orchestrated } from "./orchestrate.ts";
import { program } from "./program.ts";
import { type Env, ownEnv } from "./settings.ts";
import { hasTerminals, onTerminal } from "./terminal.ts";

// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[\d+m/;
const ESCAPE = "\x1b";

/** An environment in which nothing runs. */
function nothing(more: Env = {}): Env {
  return { ...ownEnv("colour"), RUNTIME: "native", ...more };
}

Deno.test("in a pipe no line has a colour, however it ends", async () => {
  const env = { ...nothing(), NO_COLOR: "" };
  await using run = program("verify/main.ts", [], { permissions: "verify", env });
  const failed = await run.ended();
  assert.match(failed.stderr, /^✗ Cannot reach Kafka at /);
  for (
    const { code, stdout, stderr } of [failed, await orchestrated(env, "--status", "--count", "0")]
  ) {
    assert.notEqual(code, 0);
    assert.ok(!`${stdout}${stderr}`.includes(ESCAPE), stderr);
  }
});

Deno.test({
  name: "on a terminal errors are red, but with NO_COLOR",
  ignore: !hasTerminals,
  async fn() {
    const env = nothing();
    const verify = { permissions: "verify", env };
    const failed = await onTerminal("verify/main.ts", verify);
    assert.equal(failed.code, 1);
    assert.ok(failed.text.includes("\x1b[31m✗ Cannot reach Kafka at "), failed.text);
    const wrong = await onTerminal("verify/main.ts --nothing", verify);
    assert.equal(wrong.code, 2);
    assert.ok(wrong.text.includes("\x1b[31m✗ unknown option '--nothing'\x1b[39m"), wrong.text);
    const plain = await onTerminal("verify/main.ts", {
      permissions: "verify",
      env: { ...env, NO_COLOR: "1" },
    });
    assert.equal(plain.code, 1);
    assert.match(plain.text, /✗ Cannot reach Kafka at /);
    assert.doesNotMatch(plain.text, COLOUR);
  },
});

Deno.test({
  name: "on a terminal status tells how long it takes, and colours what cannot be reached",
  ignore: !hasTerminals,
  async fn() {
    const env = nothing();
    // Takes connections, and says nothing.
    using _mute = Deno.listen({ hostname: "127.0.0.1", port: Number(env.KAFKA_PORT) });
    const { code, text } = await onTerminal("orchestrator.ts --status", {
      permissions: "orchestrator",
      env,
    });
    assert.equal(code, 0, text);
    const shown = text.replaceAll(ESCAPE, "␛");
    assert.match(shown, /\r␛\[KAsking the services… \d+ s\r/);
    assert.match(shown, /\n {2}kafka +␛\[33mstopped␛\[39m /);
    assert.match(shown, /\n {2}␛\[31mCannot reach S3 at /);
    const piped = await orchestrated({ ...env, NO_COLOR: "" }, "--status");
    assert.equal(piped.code, 0);
    assert.ok(!`${piped.stdout}${piped.stderr}`.includes(ESCAPE), piped.stderr);
  },
});
