import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import process from "node:process";
import { nativeRuntime } from "../../infra/native.ts";
import { selectRuntime } from "../../infra/select_runtime.ts";
import { s3Client } from "../../shared/s3/client.ts";
import { native, nativeTest, running } from "./native.ts";
import { ownServices } from "./services.ts";
import { ownEnv, settingsOf } from "./settings.ts";

const quiet = { log: () => {} };

nativeTest("a taken port is named with its variable and its holder; nothing starts", async () => {
  const settings = settingsOf(ownEnv("infra-port"));
  const runtime = nativeRuntime(settings);
  using _other = Deno.listen({ hostname: "127.0.0.1", port: settings.ports.s3Web });
  await assert.rejects(runtime.start(quiet), {
    name: "UserError",
    message: new RegExp(`port ${settings.ports.s3Web} is in use`),
    hint: /S3_WEB_PORT/,
  });
  assert.deepEqual(await running(runtime), []);
  await Deno.remove(settings.runtimeDir, { recursive: true });
});

nativeTest("services that run on another port are not started twice", async () => {
  await using own = await ownServices("infra-moved", ["s3"]);
  const moved = { ...own.settings, ports: { ...own.settings.ports, s3: 1 } };
  await assert.rejects(nativeRuntime(moved).start({ ...quiet, services: ["s3"] }), {
    message: `S3 is already running, on port ${own.settings.ports.s3}, not on 1`,
  });
});

for (const [tool, service] of [["java", "kafka"], ["mvn", "kafka"], ["go", "s3"]] as const) {
  nativeTest(`without ${tool} the error names it and Docker`, async () => {
    const settings = settingsOf(ownEnv("infra-tools"));
    const runtime = nativeRuntime(settings, { downloads: `${settings.runtimeDir}/downloads` });
    const { PATH, JAVA_HOME } = process.env;
    await using bin = await pathWithout(tool);
    process.env.PATH = bin.path;
    delete process.env.JAVA_HOME;
    try {
      await assert.rejects(runtime.start({ ...quiet, services: [service] }), {
        name: "UserError",
        message: new RegExp(`\\b${tool}\\b.*not (found|on the PATH)`),
        hint: /Docker/,
      });
    } finally {
      process.env.PATH = PATH;
      if (JAVA_HOME) process.env.JAVA_HOME = JAVA_HOME;
    }
    await Deno.remove(settings.runtimeDir, { recursive: true });
  });
}

nativeTest("an engine that denies access is named, with what to do", async () => {
  const env = ownEnv("infra-denied");
  const settings = settingsOf(env);
  const { PATH } = process.env;
  await using bin = await pathWithout("docker");
  await Deno.writeTextFile(
    `${bin.path}/docker`,
    "#!/bin/sh\n" +
      "echo 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock' >&2\n" +
      "exit 1\n",
    { mode: 0o755 },
  );
  await Deno.remove(`${bin.path}/go`);
  process.env.PATH = bin.path;
  try {
    await assert.rejects(selectRuntime({ ...settings, runtime: "docker" }), {
      message: "Cannot use RUNTIME=docker: the Docker engine denies you access",
      hint: /^add your user to the group docker .*, or set RUNTIME=native /,
    });
    const runtime = nativeRuntime(settings, { downloads: `${settings.runtimeDir}/downloads` });
    await assert.rejects(runtime.start({ ...quiet, services: ["s3"] }), {
      hint:
        /^install Go, or add your user to the group docker .*: then nothing but Docker is needed$/,
    });
  } finally {
    process.env.PATH = PATH;
  }
  await Deno.remove(settings.runtimeDir, { recursive: true });
});

nativeTest("a service that fails to start shows the end of its log; the others stop", async () => {
  const settings = settingsOf(ownEnv("infra-fails"));
  const runtime = nativeRuntime(settings);
  // Data of another cluster, which a broker refuses.
  await Deno.mkdir(`${settings.runtimeDir}/data/kafka`, { recursive: true });
  await Deno.writeTextFile(
    `${settings.runtimeDir}/data/kafka/meta.properties`,
    "version=0\nbroker.id=1\ncluster.id=someone-elses-cluster\n",
  );
  await assert.rejects(runtime.start(quiet), {
    name: "UserError",
    message: /Kafka did not start: it ended with exit code 1.*\n.*Invalid cluster\.id/s,
    hint: /kafka\.log/,
  });
  assert.deepEqual(await running(runtime), []);
  await Deno.remove(settings.runtimeDir, { recursive: true });
});

Deno.test({
  name: "native runtime: a full disk is reported, at start and while S3 runs",
  ignore: !native || Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    const env = ownEnv("infra-full");
    await using _disk = await smallDisk(env.RUNTIME_DIR!, "4m");
    const settings = settingsOf(env);
    const runtime = nativeRuntime(settings);
    await runtime.start({ ...quiet, services: ["s3"] });
    const s3 = s3Client(settings);
    await s3.send(new CreateBucketCommand({ Bucket: "full" }));
    const Body = new Uint8Array(8 << 20);
    await assert.rejects(
      s3.send(new PutObjectCommand({ Bucket: "full", Key: "big.csv", Body })),
      { name: "InsufficientStorage", message: /No space left on device/ },
    );
    s3.destroy();
    await runtime.stop(quiet);
    await fill(`${settings.runtimeDir}/filler`);
    await assert.rejects(runtime.start({ ...quiet, services: ["s3"] }), {
      name: "UserError",
      message: /Cannot start S3: its data folder .* cannot be written to: .*No space left/,
      hint: /free disk space/,
    });
  },
});

/** A folder of links to everything on the PATH but one tool. */
async function pathWithout(tool: string): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  for (const folder of process.env.PATH!.split(":")) {
    try {
      for await (const { name } of Deno.readDir(folder)) {
        if (name === tool) continue;
        await Deno.symlink(`${folder}/${name}`, `${path}/${name}`).catch(() => {});
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A file system of that size at a folder, which is removed again. */
async function smallDisk(folder: string, size: string): Promise<AsyncDisposable> {
  await Deno.mkdir(folder, { recursive: true });
  await command("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder);
  return {
    async [Symbol.asyncDispose]() {
      await command("umount", folder);
      await Deno.remove(folder);
    },
  };
}

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  const block = new Uint8Array(1 << 16);
  try {
    for (;;) await file.write(block);
  } catch {
    // Full.
  }
}

async function command(name: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
