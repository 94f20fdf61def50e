import { statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { resolve } from "node:path";
import { whatDockerLacks } from "../infra/docker_engine.ts";
import { VERSITYGW } from "../infra/downloads.ts";
import { exists } from "../infra/files.ts";
import { localServices } from "../infra/local_services.ts";
import { checkPorts } from "../infra/ports.ts";
import type { Runtime } from "../infra/runtime.ts";
import { portsOf, services, startedByDefault } from "../infra/services.ts";
import { requireJava, requireTool } from "../infra/tools.ts";
import { UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { check, type Finding } from "./finding.ts";

const GIB = 1024 ** 3;
/** Approximate disk space for downloads, images and a day of events, in bytes. */
const DISK = 2 * GIB;
/** Approximate memory of all services and programs, in bytes. */
const MEMORY = 2 * GIB;

/** Whether what a start starts can run on this machine: how, its ports, disk and memory. */
export async function machineFindings(
  runtime: Runtime,
  settings: Settings,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings = runtime.name === "docker"
    ? [{ check: "services", state: "ok" as const, what: "run on the Docker engine" }]
    : await nativeFindings(signal);
  const running = await runtime.status();
  const wanted = localServices(runtime.name, startedByDefault(runtime.name), settings, () => {});
  for (const name of wanted) {
    const status = running.find((one) => one.name === name);
    findings.push(
      await check(services[name].title, async () => {
        if (status?.state === "running") return `running at ${status.address}`;
        if (status?.state === "unknown") throw new UserError(status.why ?? "its state is unknown");
        const ports = portsOf(name, settings.ports, runtime.name);
        await checkPorts(ports, { signal });
        const numbers = ports.map(({ port }) => port).join(" and ");
        return `stopped; ${
          ports.length === 1 ? `port ${numbers} is` : `ports ${numbers} are`
        } free`;
      }),
    );
  }
  findings.push(await check("disk", () => requireDisk(settings)), memory());
  return findings;
}

/** What the native runtime needs from the machine: tools that are needed once, and Java. */
async function nativeFindings(signal: AbortSignal): Promise<Finding[]> {
  const lack = await whatDockerLacks(signal);
  const has = (path: string) => exists(resolve(import.meta.dirname!, "../.runtime", path));
  const [jars, s3] = await Promise.all([has("jars"), has(`bin/versitygw-${VERSITYGW}/versitygw`)]);
  return [
    {
      check: "services",
      state: "note",
      what: `run natively: ${lack?.why ?? "RUNTIME=native, or some are running so"}`,
    },
    await check("Java", async () => `new enough (${await requireJava(signal)})`),
    await check("Maven", async () => {
      if (jars) return "not needed any more: Kafka and ZooKeeper are downloaded";
      await requireTool("mvn", signal);
      return "there, to download Kafka and ZooKeeper";
    }),
    await check("Go", async () => {
      if (s3) return "not needed any more: the local S3 is built";
      await requireTool("go", signal);
      return "there, to build the local S3";
    }),
  ];
}

async function requireDisk({ runtimeDir }: Settings): Promise<string> {
  const folder = await exists(runtimeDir) ? runtimeDir : ".";
  const { bavail, bsize } = await statfs(folder);
  const free = `${(bavail * bsize / GIB).toFixed(1)} GiB free at ${resolve(folder)}`;
  if (bavail * bsize >= DISK) return free;
  throw new UserError(
    `only ${free}`,
    `free some: downloads and data take about ${
      DISK / GIB
    } GiB, and Kafka and S3 stop on a full disk`,
  );
}

function memory(): Finding {
  const total = totalmem();
  const what = `${(total / GIB).toFixed(1)} GiB`;
  return total >= MEMORY ? { check: "memory", state: "ok", what } : {
    check: "memory",
    state: "note",
    what,
    hint: `the services take about ${MEMORY / GIB} GiB together`,
  };
}
