import { basename, dirname, resolve } from "node:path";
import { UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { type CommandResult, runCommand, streamCommand } from "./command.ts";
import { type Container, parseContainers } from "./containers.ts";
import { localServices } from "./local_services.ts";
import { tail } from "./log_tail.ts";
import { withoutUnbuilt } from "./own_images.ts";
import { checkPorts } from "./ports.ts";
import type { Runtime, ServiceName } from "./runtime.ts";
import {
  addressOf,
  portsOf,
  portVariables,
  services,
  servicesOf,
  startedByDefault,
} from "./services.ts";

const COMPOSE_FILE = resolve(import.meta.dirname!, "../docker-compose.yml");

/** How long containers may take until they are healthy, in s; pulling images is not counted. */
const TIMEOUT_S = 180;

/** Lines of output in an error: Docker has started a service again that ended, and its log goes on. */
const SHOWN_LINES = 30;

const ALL = servicesOf("docker");

/** The runtime of docker-compose.yml: `docker compose up --wait` and `down`. */
export function dockerRuntime(settings: Settings): Runtime {
  const compose = composeCommand(settings);
  return {
    name: "docker",
    async start(options) {
      const { services: names = startedByDefault("docker") } = options;
      const ours = names.filter((name) => ALL.includes(name));
      const wanted = localServices("docker", ours, settings, options.log);
      const before = await containers(compose, options.signal);
      const missing = wanted.filter((name) => !before.some((one) => isUp(one, name)));
      if (missing.length === 0) return { alreadyRunning: true };
      // A container that runs but is not healthy yet holds its ports itself.
      const absent = missing.filter((name) =>
        !before.some(({ service, state }) => service === name && state === "running")
      );
      await checkPorts(absent.flatMap((name) => portsOf(name, settings.ports, "docker")), options);
      // Docker would make the folder that it mounts, as root.
      await Deno.mkdir(runsOf(settings), { recursive: true });
      const titles = missing.map((name) => services[name].title).join(", ");
      options.log(
        `Starting ${titles} with Docker (pulling and building images takes minutes the first time)…`,
      );
      try {
        const build = async (name: ServiceName) => {
          const result = await compose(["build", "--quiet", name], options.signal);
          options.signal?.throwIfAborted();
          return result;
        };
        await up(compose, await withoutUnbuilt(wanted, build, options.log), options.signal);
      } catch (error) {
        await compose(["rm", "--stop", "--force", ...missing]);
        throw error;
      }
      return { alreadyRunning: false };
    },
    async stop({ purge, services: some, log, signal }) {
      const before = await containers(compose, signal);
      const wasRunning = before.some(({ service, state }) =>
        state === "running" && (some ?? ALL).some((name) => name === service)
      );
      if (wasRunning) log("Stopping the containers…");
      if (some) await succeed(compose, ["stop", ...some], signal);
      else await succeed(compose, ["down", ...purge ? ["--volumes"] : []], signal);
      return { wasRunning };
    },
    async logs({ service, lines, follow, print, signal }) {
      const args = ["logs", "--no-color", "--tail", String(lines)];
      if (follow) args.push("--follow");
      // Compose sets the name before each line of several.
      if (service) args.push("--no-log-prefix", service);
      const { code, stderr } = await streamCommand("docker", composeArgs(settings, args), {
        env: composeEnv(settings),
        onLine: print,
        signal,
      });
      if (code !== 0) throw failure("docker compose logs failed", stderr);
    },
    async status() {
      const found = await containers(compose);
      return ALL.map((name) => {
        const one = found.find(({ service }) => service === name);
        const address = addressOf(name, settings.ports);
        if (one?.state !== "running") return { name, state: "stopped", address };
        return isUp(one, name)
          ? { name, state: "running", address }
          : { name, state: "unknown", why: one.status, address };
      });
    },
  };
}

/**
 * The compose project of a runtime folder, and the prefix of its containers' names: `automotive`,
 * and for another folder than `.runtime` one of its own, so that both can run at a time.
 */
export function projectOf(runtimeDir: string): string {
  if (basename(runtimeDir) === ".runtime") return "automotive";
  const parent = basename(dirname(runtimeDir));
  const name = parent === ".runtime" ? basename(runtimeDir) : `${parent}-${basename(runtimeDir)}`;
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `automotive-${slug}`;
}

/** Where the records of runs are, which the console shows. */
function runsOf({ runtimeDir }: Settings): string {
  return resolve(runtimeDir, "runs");
}

type Compose = (args: string[], signal?: AbortSignal) => Promise<CommandResult>;

function composeArgs({ runtimeDir }: Settings, args: readonly string[]): string[] {
  const project = projectOf(resolve(runtimeDir));
  return ["compose", "--file", COMPOSE_FILE, "--project-name", project, ...args];
}

function composeEnv(settings: Settings): Record<string, string> {
  const { ports, partitions, runtimeDir } = settings;
  return {
    RUNS_FOLDER: runsOf(settings),
    CONTAINER_PREFIX: projectOf(resolve(runtimeDir)),
    KAFKA_PARTITIONS: String(partitions),
    // Only what is named is started; all that runs is seen, and stopped.
    COMPOSE_PROFILES: "airflow,app",
    ...portVariables("docker", ports),
  };
}

function composeCommand(settings: Settings): Compose {
  const env = composeEnv(settings);
  return async (args, signal) => {
    const result = await runCommand("docker", composeArgs(settings, args), { env, signal });
    return result ?? { code: 127, stdout: "", stderr: "docker is not installed" };
  };
}

async function up(compose: Compose, wanted: ServiceName[], signal?: AbortSignal): Promise<void> {
  const wait = ["--wait", "--wait-timeout", String(TIMEOUT_S)];
  // Our own images are of this checkout; what has not changed is not built again.
  const how = ["--detach", "--build", ...wait, "--quiet-pull"];
  const result = await compose(["up", ...how, ...wanted], signal);
  if (result.code === 0) return;
  const found = await containers(compose, signal);
  const failed = found.find(({ service, healthy }) =>
    !healthy && wanted.some((name) => name === service)
  );
  if (!failed) throw failure("docker compose up failed", result.stderr);
  const plain = ["--no-color", "--no-log-prefix"];
  const logs = await compose(["logs", ...plain, "--tail", "300", failed.service], signal);
  throw failure(
    `${failed.service} did not start (${failed.status}). Last lines of its log`,
    logs.stdout,
  );
}

async function containers(compose: Compose, signal?: AbortSignal): Promise<Container[]> {
  return parseContainers(await succeed(compose, ["ps", "--all", "--format", "json"], signal));
}

async function succeed(compose: Compose, args: string[], signal?: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await compose(args, signal);
  if (code !== 0) throw failure(`docker compose ${args[0]} failed`, stderr);
  return stdout;
}

function isUp({ service, state, healthy }: Container, name: ServiceName): boolean {
  return service === name && state === "running" && healthy;
}

function failure(what: string, output: string): UserError {
  return new UserError(
    `${what}:\n${tail(output, SHOWN_LINES)}`,
    "look at: docker compose ps --all",
  );
}
