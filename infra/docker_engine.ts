import { runCommand } from "./command.ts";

/** How long Docker's client may take, in ms: it hangs with an engine that hangs. */
const TIMEOUT_MS = 10_000;

/** Why Docker cannot be used, and what to do about it. */
export interface DockerLack {
  readonly why: string;
  readonly remedy: string;
}

/**
 * What Docker lacks to run the services; undefined when an engine and its compose plugin answer.
 */
export async function whatDockerLacks(signal?: AbortSignal): Promise<DockerLack | undefined> {
  // A client without an engine prints its own version and fails; only the engine's version counts.
  const engine = await ask(["version", "--format", "{{.Server.Version}}"], signal);
  if (engine === undefined) {
    return { why: "docker is not installed", remedy: "install Docker" };
  }
  if (/permission denied/i.test(engine.stderr)) {
    return {
      why: "the Docker engine denies you access",
      remedy:
        "add your user to the group docker (sudo usermod -aG docker $USER, then log in again)",
    };
  }
  if (engine.code !== 0 || engine.stdout.trim() === "") {
    return { why: "no Docker engine is running", remedy: "start the Docker engine" };
  }
  const compose = await ask(["compose", "version"], signal);
  if (compose?.code === 0) return undefined;
  return {
    why: "the docker compose plugin is missing",
    remedy: "install the docker compose plugin",
  };
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
