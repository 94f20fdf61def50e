import assert from "node:assert/strict";
import { runCommand } from "../../infra/command.ts";
import { taskCommandIn } from "../../shared/cli/task_command.ts";
import { listRunning } from "../../shared/cli/running.ts";
import config from "../../deno.json" with { type: "json" };
import { projectCopy } from "./project_copy.ts";
import { shell, started } from "./shell.ts";

/** The entry files and their permission sets, as the tasks have them. */
const entries = new Map(
  Object.values(config.tasks).map(({ command }) =>
    /^deno run -q -P=([\w-]+) .*?((?:[\w-]+\/)*\w+\.ts)/.exec(command)
  ).filter((match) => match !== null).map(([, set, script]) => [script!, set!]),
);

/** The command of a hint: what follows its last colon. */
function commandIn(stderr: string): string {
  const command = /→ .*?: ((?:deno|npx) .+)$/m.exec(stderr)?.[1];
  assert.ok(command, stderr);
  return command;
}

for (const [script, set] of entries) {
  Deno.test(`${script} without permissions names its set, and the command that it names works`, async () => {
    const kinds = Object.keys(config.permissions[set as keyof typeof config.permissions]);
    // Hosts can be given beside the set.
    const needsMore = kinds.some((kind) => kind !== "env" && kind !== "net");
    const some = needsMore ? ["--allow-env"] : [];
    for (const flags of ["", ...some, "--allow-net --allow-read --allow-write"]) {
      const bare = await shell(`deno run -q ${flags} ${script} --help`);
      assert.deepEqual([bare.code, bare.stdout], [2, ""], bare.stderr);
      assert.match(bare.stderr, /^✗ Cannot run \S+: permissions are missing \(.+\)\n {2}→ .+\n$/);
      const command = commandIn(bare.stderr);
      assert.equal(command, `deno run -q -P=${set} ${script} --help`);
    }
    const again = await shell(`deno run -q -P=${set} ${script} --help`);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /^Usage: /);
  });
}

Deno.test("a script that has another's permission set says which is its own", async () => {
  for (const set of ["producer", "loader", "dead-letters"]) {
    const { code, stderr } = await shell(`deno run -q -P=${set} consumer/main.ts`);
    assert.equal(code, 2);
    assert.match(stderr, /^✗ Cannot run consumer\/main\.ts: permissions are missing/);
    assert.match(commandIn(stderr), /-P=consumer consumer\/main\.ts$/);
  }
});

Deno.test("started in another folder, a program reads the project's .env, writes its .runtime, and names commands that work there", async () => {
  await using project = await projectCopy("Zoë's copy");
  await Deno.writeTextFile(`${project.folder}/.env`, "KAFKA_BROKERS=localhost:1\n");
  const script = `'${project.folder.replaceAll("'", `'\\''`)}/dead_letters/list.ts'`;
  const here = `deno run -q -P=dead-letters ${script}`;
  const task = `deno task -q --cwd "${project.folder}" dead-letters`;
  for (const command of [here, task]) {
    for (const name of ["sh", "bash"]) {
      const { code, stderr } = await shell(command, { cwd: "/", shell: name });
      assert.equal(code, 1);
      assert.match(stderr, /^✗ Cannot reach Kafka at localhost:1: /);
      const hint = commandIn(stderr).replace(/ \(.*$/, "");
      assert.ok(hint.startsWith("deno task --cwd '/") && hint.endsWith("' kafka:start"), hint);
      const followed = hint.replace(/kafka:start$/, "-q status --help");
      assert.match((await shell(followed, { cwd: "/", shell: name })).stdout, /^Usage: /);
    }
  }
  // The running producer is known in the project's .runtime.
  const producer = script.replace("dead_letters/list", "producers/sales");
  await using run = await started(`exec deno run -q -P=producer ${producer}`, { cwd: "/" });
  await run.waitForLine(/^Waiting for Kafka at localhost:1/);
  const running = await listRunning(`${project.folder}/.runtime`);
  assert.deepEqual(running.map(({ role }) => role), ["producer"]);
});

Deno.test("a checkout that is reached by a link is the same project", async () => {
  await using project = await projectCopy("linked");
  await Deno.writeTextFile(`${project.folder}/.env`, "KAFKA_BROKERS=localhost:1\n");
  const link = `${project.folder}-link`;
  await Deno.symlink(project.folder, link);
  const through = [
    shell(`deno run -q -P=dead-letters ${link}/dead_letters/list.ts`, { cwd: "/" }),
    shell("deno run -q -P=dead-letters dead_letters/list.ts", { cwd: link }),
    shell("deno task -q dead-letters", { cwd: link }),
    shell(`deno task -q --cwd ${link} dead-letters`, { cwd: "/" }),
  ];
  for (const { stderr } of await Promise.all(through)) {
    assert.match(stderr, /^✗ Cannot reach Kafka at localhost:1: /);
  }
});

const npx = (await runCommand("npx", ["--version"]))?.code === 0;

Deno.test({
  name: "where only npx knows Deno, hints are commands of npx, and work",
  ignore: !npx,
  async fn() {
    // It is there already, and must not be looked for.
    const env = { npm_config_prefer_offline: "true", npm_config_fetch_retries: "0" };
    const call = taskCommandIn({
      agent: "npm/11",
      execPath: "/_npx/node_modules/deno",
      version: Deno.version.deno,
      folder: "/",
      project: "/",
    }, "");
    const options = { env, deno: false };
    const { code, stderr } = await shell(
      `KAFKA_BROKERS=localhost:1 ${call}dead-letters`,
      options,
    );
    assert.equal(code, 1, stderr);
    const hint = commandIn(stderr).replace(/ \(.*$/, "");
    assert.equal(hint, `${call}kafka:start`);
    const followed = hint.replace("kafka:start", "status --help");
    assert.match((await shell(followed, options)).stdout, /^Usage: /);
    const bare = await shell(`${call.replace("task ", "run -q")} orchestrator.ts --help`, options);
    assert.equal(commandIn(bare.stderr).split(" ")[0], "npx");
    assert.match((await shell(commandIn(bare.stderr), options)).stdout, /^Usage: /);
  },
});

Deno.test("misspelt variables are said once, by whoever reads them first", async () => {
  const line = "⚠ The variable KAFKA_BROKER is not known: did you mean KAFKA_BROKERS?\n";
  const env = { KAFKA_BROKER: "localhost:1", KAFKA_BROKERS: "localhost:1" };
  const alone = await shell("deno task -q dead-letters", { env });
  assert.ok(alone.stderr.startsWith(line), alone.stderr);
  // The producer that it starts has nothing to say of it any more.
  const orchestrator = "exec deno run -q -P=orchestrator orchestrator.ts --producers sales";
  await using run = await started(orchestrator, { env });
  await run.waitForLine(/^Waiting for Kafka at localhost:1/);
  assert.equal(run.stderr().split(line).length, 2, run.stderr());
});

Deno.test("what .env has misspelt is said, and a mark of its editor is not taken for a part of a name", async () => {
  await using project = await projectCopy("misspelt");
  const lines = ["\ufeffKAFKA_BROKERS=localhost:1", "RAW_BUKET=abc", "BOOTSTRAP=x", "DEBUG="];
  await Deno.writeTextFile(`${project.folder}/.env`, lines.join("\r\n"));
  const { code, stderr } = await shell("deno task -q dead-letters", { cwd: project.folder });
  assert.equal(code, 1);
  const [first, second, third] = stderr.split("\n");
  assert.equal(first, "⚠ RAW_BUKET in .env is not known: did you mean RAW_BUCKET?");
  assert.equal(second, "⚠ BOOTSTRAP in .env is not known: see .env.example for the names");
  assert.match(third!, /^✗ Cannot reach Kafka at localhost:1: /);
});
