import { createHash } from "node:crypto";
import { runCommand } from "../../infra/command.ts";
import { holdLock } from "../../infra/lock.ts";
import { logTail } from "../../infra/log_tail.ts";
import { endProcess, isAlive, startDetached } from "../../infra/process.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { ensureCompose } from "./compose_plugin.ts";
import { answerOf } from "./docker_command.ts";
import { CACHE } from "./paths.ts";

/** How long an engine may take to start, and to stop, in ms. */
const TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** A Docker engine with compose. */
export interface Engine extends AsyncDisposable {
  /** What reaches it, added to our own environment. */
  readonly env: Record<string, string>;
  /** Whether it was started here: then it is stopped when disposed of. */
  readonly started: boolean;
}

interface Options {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The Docker engine that answers or, on Linux as root, one of our own: `dockerd` with its data, log and
 * pid below .runtime/compose/docker and a socket that nobody else looks at. With compose, see
 * {@linkcode ensureCompose}.
 *
 * @returns why there is none, for a skip
 */
export async function ensureEngine({ log, signal }: Options): Promise<Engine | string> {
  const own = await answers({}, signal) ? undefined : await startEngine({ log, signal });
  if (typeof own === "string") return own;
  const env = own?.env ?? {};
  const dispose = async () => await own?.[Symbol.asyncDispose]();
  try {
    const compose = await ensureCompose({ log, signal, env });
    if (typeof compose !== "string") {
      return { env: { ...env, ...compose }, started: !!own, [Symbol.asyncDispose]: dispose };
    }
    await dispose();
    return compose;
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function answers(env: Record<string, string>, signal?: AbortSignal): Promise<boolean> {
  const args = ["version", "--format", "{{.Server.Version}}"];
  return !!await answerOf("docker", args, { env, signal });
}

async function startEngine({ log, signal }: Options): Promise<Engine | string> {
  if (await runCommand("docker", ["--version"]) === undefined) return "there is no docker command";
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "no Docker engine is running";
  if (await runCommand("dockerd", ["--version"]) === undefined) {
    return "no Docker engine answers, and there is no dockerd to start one";
  }
  const folder = `${CACHE}/docker`;
  await Deno.mkdir(folder, { recursive: true });
  const onWait = () => log("Waiting for another program that uses the Docker engine…");
  const lock = await holdLock(`${folder}/engine.lock`, { signal, onWait });
  try {
    const engine = await launch(folder, lock, { log, signal });
    if (typeof engine === "string") lock[Symbol.dispose]();
    return engine;
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

async function launch(
  folder: string,
  lock: Disposable,
  { log, signal }: Options,
): Promise<Engine | string> {
  const logFile = `${folder}/dockerd.log`;
  const pidFile = `${folder}/dockerd.pid`;
  // A socket's path has 107 characters at most.
  const id = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  const run = `/run/automotive-${id}`;
  await Deno.mkdir(run, { recursive: true });
  const socket = `unix://${run}/docker.sock`;
  const env = { DOCKER_HOST: socket };
  const marker = `--data-root=${folder}/data`;
  const stop = async (pid: number) => {
    await endProcess(pid, marker, { grace: TIMEOUT_MS });
    await Deno.remove(run, { recursive: true }).catch(() => {});
  };
  // One of a program that was killed.
  const left = Number(await Deno.readTextFile(pidFile).catch(() => ""));
  if (left) await stop(left);
  await Deno.mkdir(run, { recursive: true });
  log("Starting a Docker engine (dockerd)…");
  const args = [marker, `--exec-root=${run}`, `--pidfile=${pidFile}`, `--host=${socket}`];
  const { pid, ended } = startDetached({ command: "dockerd", args, logFile });
  try {
    const deadline = performance.now() + TIMEOUT_MS;
    while (!await answers(env, signal)) {
      if (ended.aborted || performance.now() > deadline) {
        if (!ended.aborted) await stop(pid);
        const why = ended.aborted ? ended.reason : "it does not answer";
        return `dockerd does not start here (${why}):\n${await logTail(logFile)}`;
      }
      await pause(POLL_MS, signal);
    }
  } catch (error) {
    if (await isAlive(pid, marker)) await stop(pid);
    throw error;
  }
  return {
    env,
    started: true,
    async [Symbol.asyncDispose]() {
      await stop(pid);
      lock[Symbol.dispose]();
    },
  };
}
