import { resolve } from "node:path";
import assert from "node:assert/strict";
import { type CommandResult, runCommand } from "../../infra/command.ts";
import { projectOf } from "../../infra/docker.ts";
import type { Env } from "../integration/settings.ts";

/** Runs docker, and fails with what it says when it fails. */
export async function docker(...args: string[]): Promise<string> {
  const result = await runCommand("docker", args);
  assert.equal(result?.code, 0, `docker ${args.join(" ")}: ${result?.stderr}`);
  return result!.stdout;
}

/** Runs docker compose on the project of a test's services, as a person would in the project's folder. */
export async function compose(env: Env, ...args: string[]): Promise<CommandResult> {
  const project = projectOf(resolve(env.RUNTIME_DIR!));
  const set = Object.entries(env).filter(([, value]) => value !== "");
  const result = await runCommand("docker", ["compose", "--project-name", project, ...args], {
    env: { ...Object.fromEntries(set), CONTAINER_PREFIX: project },
  });
  return result!;
}

/** The containers of a project: their services, and whether they run. */
export async function containersOf(env: Env): Promise<Record<string, string>[]> {
  const { stdout } = await compose(env, "ps", "--all", "--format", "json");
  return stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
