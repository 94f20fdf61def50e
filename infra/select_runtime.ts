import { UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { runCommand } from "./command.ts";
import { dockerRuntime } from "./docker.ts";
import { nativeRuntime } from "./native.ts";
import type { Runtime } from "./runtime.ts";

/** A Docker client that waits for an engine that hangs must not hang us, in ms. */
const TIMEOUT_MS = 10_000;

/**
 * The runtime to use: the one that the settings name, else native while services of it run, else Docker
 * when an engine and its compose plugin answer, else native.
 *
 * @throws {UserError} when Docker was asked for and does not answer
 */
export async function selectRuntime(
  settings: Settings,
  options: { signal?: AbortSignal } = {},
): Promise<Runtime> {
  const native = nativeRuntime(settings);
  if (settings.runtime === "native") return native;
  // Docker may have come since: who stops, or looks, means what runs.
  if (settings.runtime === undefined && await hasRunning(native)) return native;
  const missing = await whatDockerLacks(options.signal);
  if (missing === undefined) return dockerRuntime(settings);
  if (settings.runtime === undefined) return native;
  throw new UserError(
    `Cannot use RUNTIME=docker: ${missing}`,
    "install or start Docker, or set RUNTIME=native (needs Java 17, Maven and Go)",
  );
}

async function hasRunning(runtime: Runtime): Promise<boolean> {
  return (await runtime.status()).some(({ state }) => state === "running");
}

async function whatDockerLacks(signal?: AbortSignal): Promise<string | undefined> {
  // A client without an engine prints its own version and fails; only the engine's version counts.
  const engine = await ask(["version", "--format", "{{.Server.Version}}"], signal);
  if (engine === undefined) return "docker is not installed";
  if (engine.code !== 0 || engine.stdout.trim() === "") return "no Docker engine is running";
  const compose = await ask(["compose", "version"], signal);
  if (compose?.code !== 0) return "the docker compose plugin is missing";
}

async function ask(args: string[], signal?: AbortSignal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await runCommand("docker", args, {
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted || !timeout.aborted) throw error;
    return { code: 1, stdout: "", stderr: "" };
  }
}
