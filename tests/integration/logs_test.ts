import assert from "node:assert/strict";
import { nativeTest } from "./native.ts";
import { program } from "./program.ts";
import { ownServices } from "./services.ts";
import { type Env, ownEnv } from "./settings.ts";

const READY = /database system is ready to accept connections/;

function logs(env: Env, ...args: string[]) {
  return program("logs/main.ts", args, { permissions: "doctor", env });
}

nativeTest("logs prints the end of a service's log, and follows it over a restart", async () => {
  await using own = await ownServices("logs", ["warehouse"]);
  await using all = logs(own.env);
  const { code, stdout } = await all.ended();
  assert.equal(code, 0);
  assert.match(stdout, /^warehouse +\| .*database system is ready to accept connections$/m);
  await using one = logs(own.env, "warehouse", "--lines", "1");
  const last = await one.ended();
  assert.equal(last.stdout.split("\n").length, 2, last.stdout);
  assert.doesNotMatch(last.stdout, /^warehouse/);

  await using following = logs(own.env, "warehouse", "-f", "--lines", "1");
  await following.waitForLine(/./);
  await own.stop("warehouse");
  await following.waitForLine(/database system is shut down/);
  await own.start("warehouse");
  await following.waitForLine(READY);
  following.signal("SIGINT");
  const end = await following.ended();
  assert.deepEqual([end.code, end.stderr], [0, ""]);
});

nativeTest("logs says that there is none, and which services there are", async () => {
  const env = ownEnv("logs-none");
  await using none = logs(env, "kafka");
  const { code, stderr } = await none.ended();
  assert.equal(code, 1);
  assert.match(stderr, /^✗ There is no log of kafka in \S+\/logs\n {2}→ start the services: /);
  await using wrong = logs(env, "postgres");
  const usage = await wrong.ended();
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /postgres.*warehouse/s);
});
