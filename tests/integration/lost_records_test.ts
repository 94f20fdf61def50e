import assert from "node:assert/strict";
import { nativeRuntime } from "../../infra/native.ts";
import type { ServiceStatus } from "../../infra/runtime.ts";
import { nativeTest, running } from "./native.ts";
import { orchestrated } from "./orchestrate.ts";
import { type OwnServices, ownServices } from "./services.ts";

const quiet = { log: () => {} };

function recordOf({ settings }: OwnServices, name = "s3"): string {
  return `${settings.runtimeDir}/services/${name}.json`;
}

async function statusOf({ runtime }: OwnServices, name = "s3"): Promise<ServiceStatus> {
  return (await runtime.status()).find((one) => one.name === name)!;
}

function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** What a program is told that may read and write everything, but not look at processes. */
async function statusWithoutRun(own: OwnServices): Promise<ServiceStatus[]> {
  const script = `import { nativeRuntime } from "./infra/native.ts";
    import { loadSettings } from "./shared/cli/environment.ts";
    console.log(JSON.stringify(await nativeRuntime(loadSettings()).status()));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", "-S", "-"],
    env: { ...own.env, RUNTIME: "native" },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(script));
  await stdin.close();
  return JSON.parse(await new Response(child.stdout).text());
}

nativeTest(
  "status() without the permission to look at processes cannot tell, and changes nothing",
  async () => {
    await using own = await ownServices("look-denied", ["s3"]);
    const before = await Deno.readTextFile(recordOf(own));
    const s3 = (await statusWithoutRun(own)).find(({ name }) => name === "s3");
    assert.equal(s3?.state, "unknown");
    assert.match(s3!.why!, /^this script's permission set does not allow /);
    assert.equal(await Deno.readTextFile(recordOf(own)), before);
    const stop = await orchestrated(own.env, "--kafka-stop");
    assert.ok(stop.stdout.endsWith("\n✅ Services stopped\n"), stop.stdout);
  },
);

const LOST: [title: string, lose: (path: string) => Promise<void>][] = [
  ["removed", (path) => Deno.remove(path)],
  ["cut", (path) => Deno.truncate(path, 9)],
  ["of another version", (path) => Deno.writeTextFile(path, '{"process":{"id":4711}}')],
  [
    "of a whole process group",
    (path) => Deno.writeTextFile(path, '{"pid":0,"marker":"versitygw","ports":[1]}'),
  ],
];
for (const [title, lose] of LOST) {
  nativeTest(
    `services whose record is ${title} are seen, started once, stopped and purged`,
    async () => {
      const names = ["zookeeper", "s3", "warehouse"] as const;
      await using own = await ownServices("look-lost", names);
      const { runtime, settings } = own;
      const loseAll = () => Promise.all(names.map((name) => lose(recordOf(own, name))));
      const pids = async () => (await runtime.status()).map(({ pid }) => pid);
      const before = await pids();
      await loseAll();
      assert.deepEqual(await pids(), before);

      assert.deepEqual(await runtime.start({ ...quiet, services: names }), {
        alreadyRunning: true,
      });
      assert.deepEqual(await pids(), before);
      assert.deepEqual(JSON.parse(await Deno.readTextFile(recordOf(own))).ports, [
        settings.ports.s3,
        settings.ports.s3Web,
      ]);

      await loseAll();
      assert.deepEqual(await runtime.stop({ ...quiet, purge: true }), { wasRunning: true });
      assert.deepEqual(await running(runtime), []);
      for (const name of names) {
        assert.equal(await isThere(`${settings.runtimeDir}/data/${name}`), false);
        assert.equal(await isThere(recordOf(own, name)), false);
      }
    },
  );
}

nativeTest(
  "a service without a record on another port is named, and not started twice",
  async () => {
    await using own = await ownServices("look-moved", ["s3"]);
    const { pid } = await statusOf(own);
    await Deno.remove(recordOf(own));
    const ports = { ...own.settings.ports, s3: 1024 };
    await assert.rejects(
      nativeRuntime({ ...own.settings, ports }).start({ ...quiet, services: ["s3"] }),
      { name: "UserError", message: `S3 is already running, as pid ${pid}, not on port 1024` },
    );
  },
);

nativeTest("a process id that was given out again is neither shown nor stopped", async () => {
  await using own = await ownServices("look-reused", ["s3"]);
  const { runtime } = own;
  const record = JSON.parse(await Deno.readTextFile(recordOf(own)));
  await runtime.stop(quiet);
  const other = new Deno.Command("sleep", { args: ["600"] }).spawn();
  try {
    await Deno.writeTextFile(recordOf(own), JSON.stringify({ ...record, pid: other.pid }));
    assert.equal((await statusOf(own)).state, "stopped");
    assert.deepEqual(await runtime.stop(quiet), { wasRunning: false });
    assert.deepEqual(await runtime.start({ ...quiet, services: ["s3"] }), {
      alreadyRunning: false,
    });
    // It lives.
    other.kill("SIGCONT");
  } finally {
    other.kill("SIGKILL");
    await other.status;
  }
});

nativeTest("--purge deletes nothing under a server that it does not recognise", async () => {
  await using own = await ownServices("look-renamed", ["s3", "warehouse"]);
  const { settings, runtime } = own;
  // The same folder by another name; its servers have the first one on their command lines.
  const alias = `${settings.runtimeDir}-alias`;
  await Deno.symlink(await Deno.realPath(settings.runtimeDir), alias);
  const records = ["s3", "warehouse"].map((name) => recordOf(own, name));
  const kept = await Promise.all(records.map((path) => Deno.readTextFile(path)));
  await Promise.all(records.map((path) => Deno.remove(path)));
  try {
    const env = { ...own.env, RUNTIME_DIR: alias, RUNTIME: "native" };
    const { code, stderr } = await orchestrated(env, "--stop-all", "--purge");
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`^✗ Nothing was deleted: port ${settings.ports.s3} of S3 is in use by versitygw`),
    );
    for (const name of ["s3", "warehouse"]) {
      assert.ok(await isThere(`${settings.runtimeDir}/data/${name}`));
    }
  } finally {
    await Deno.remove(alias);
    await Promise.all(records.map((path, i) => Deno.writeTextFile(path, kept[i]!)));
  }
  assert.deepEqual(await running(runtime), ["s3", "warehouse"]);
});

nativeTest("--purge waits for a server that is just ending", async () => {
  await using own = await ownServices("look-ending", []);
  const { runtimeDir, ports } = own.settings;
  await Deno.mkdir(`${runtimeDir}/data/s3`, { recursive: true });
  // By its name it may be ours.
  await Deno.symlink(Deno.execPath(), `${runtimeDir}/versitygw`);
  const listen =
    `Deno.listen({ port: ${ports.s3} }); console.log("up"); setTimeout(Deno.exit, 700);`;
  const ending = new Deno.Command(`${runtimeDir}/versitygw`, {
    args: ["eval", listen],
    stdout: "piped",
  }).spawn();
  const lines = ending.stdout.getReader();
  await lines.read();
  await own.runtime.stop({ ...quiet, services: ["s3"], purge: true });
  assert.equal(await isThere(`${runtimeDir}/data/s3`), false);
  await lines.cancel();
  await ending.status;
});
