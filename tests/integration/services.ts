import { resolve } from "node:path";
import { runCommand } from "../../infra/command.ts";
import { projectOf } from "../../infra/docker.ts";
import type { Runtime, ServiceName } from "../../infra/runtime.ts";
import { pause } from "../../shared/cli/backoff.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { testRuntime } from "../kafka4/test_runtime.ts";
import { registerTestProcess } from "./reaper.ts";
import { type Env, ownEnv, settingsOf, sharedEnv } from "./settings.ts";

/** Ends a container by SIGKILL; Docker does not start it again, as it does one that ended by itself. */
async function killContainer(name: string): Promise<void> {
  const result = await runCommand("docker", ["kill", name]);
  if (result?.code !== 0) throw new Error(`${name} cannot be killed: ${result?.stderr}`);
}

/** What the tests need; the Kafka UI is for people. */
const NEEDED: readonly ServiceName[] = ["zookeeper", "kafka", "s3", "warehouse"];

/** Services that run for tests. */
export interface TestServices {
  /** What a spawned program needs to use them. */
  readonly env: Env;
  readonly settings: Settings;
  readonly runtime: Runtime;
}

/** Services of a test's own, which it may stop and kill; disposing stops and purges them. */
export interface OwnServices extends TestServices, AsyncDisposable {
  /** Starts one of them (again). */
  start(name: ServiceName): Promise<void>;
  /** Stops one of them in order. */
  stop(name: ServiceName): Promise<void>;
  /** Ends one of them by SIGKILL. */
  kill(name: ServiceName): Promise<void>;
}

/**
 * The services that all tests share, started by whoever comes first, in whichever test process. They
 * are stopped and purged when the last test process has ended, however it ends.
 */
export function services(): Promise<TestServices> {
  return shared ??= startShared();
}

let shared: Promise<TestServices> | undefined;

async function startShared(): Promise<TestServices> {
  const env = sharedEnv();
  const settings = settingsOf(env);
  const runtime = await testRuntime(settings);
  using _lock = await registerTestProcess(env);
  await runtime.start({ services: NEEDED, log: console.error });
  return { env, settings, runtime };
}

/**
 * Services of a test's own on free ports, for tests of outages: stopping a shared one would disturb
 * others. Takes some seconds to start.
 *
 * @param name part of the folder's name
 * @param needed which services
 * @param options.kafkaAdvertisedPort port of a proxy that the test puts in front of the broker
 * @param options.runtime what starts them, if not what all tests use
 */
export async function ownServices(
  name: string,
  needed = NEEDED,
  options: {
    env?: Env;
    kafkaAdvertisedPort?: number;
    runtime?: (settings: Settings) => Runtime;
  } = {},
): Promise<OwnServices> {
  const env = { ...ownEnv(name), ...options.env };
  const { kafkaAdvertisedPort } = options;
  const settings = { ...settingsOf(env), kafkaAdvertisedPort };
  const runtime = options.runtime?.(settings) ?? await testRuntime(settings);
  (await registerTestProcess(env))[Symbol.dispose]();
  const log = () => {};
  await runtime.start({ services: needed, log });
  return {
    env,
    settings,
    runtime,
    start: async (name) => void await runtime.start({ services: [name], log }),
    stop: async (name) => void await runtime.stop({ services: [name], log }),
    kill: async (name) => {
      const status = async () => (await runtime.status()).find((service) => service.name === name)!;
      const { pid } = await status();
      if (pid !== undefined) Deno.kill(pid, "SIGKILL");
      else await killContainer(`${projectOf(resolve(settings.runtimeDir))}-${name}`);
      while ((await status()).state === "running") await pause(20);
    },
    [Symbol.asyncDispose]: async () => {
      await runtime.stop({ purge: true, log });
      await Deno.remove(settings.runtimeDir, { recursive: true }).catch(() => {});
    },
  };
}
