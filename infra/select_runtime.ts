import { UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { dockerRuntime } from "./docker.ts";
import { whatDockerLacks } from "./docker_engine.ts";
import { nativeRuntime } from "./native.ts";
import type { Runtime } from "./runtime.ts";

/**
 * The runtime to use: the one that the settings name, else native while services of it run, else
 * Docker when an engine and its compose plugin answer, else native.
 *
 * @throws {UserError} when Docker was asked for and does not answer
 */
export async function selectRuntime(
  settings: Settings,
  options: { signal?: AbortSignal } = {},
): Promise<Runtime> {
  const native = nativeRuntime(settings);
  if (settings.runtime === "native") return native;
  // Docker may have been installed since: stopping and status mean what is running.
  if (settings.runtime === undefined && await hasRunning(native)) return native;
  const lack = await whatDockerLacks(options.signal);
  if (lack === undefined) return dockerRuntime(settings);
  if (settings.runtime === undefined) return native;
  throw new UserError(
    `Cannot use RUNTIME=docker: ${lack.why}`,
    `${lack.remedy}, or set RUNTIME=native (needs Java 17, Maven and Go)`,
  );
}

async function hasRunning(runtime: Runtime): Promise<boolean> {
  return (await runtime.status()).some(({ state }) => state === "running");
}
