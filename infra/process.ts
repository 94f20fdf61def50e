import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { until } from "../shared/cli/until.ts";
import { rootMessage } from "../shared/cli/errors.ts";
import { runCommand } from "./command.ts";
import { utf8Locale } from "./utf8_locale.ts";

/** How often the end of a process is looked for, in ms. */
const POLL_MS = 50;

/** The signals that ask a process to exit cleanly. */
export type StopSignal = "SIGTERM" | "SIGINT";

/** What to run as a detached process. */
export interface DetachedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** As whom. @default ourselves */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** @default our own working folder */
  readonly cwd?: string;
  /** Takes standard output and standard error. */
  readonly logFile: string;
}

/** A process that this program started and that will outlive it. */
export interface Detached {
  readonly pid: number;
  /** Aborted with how it ended as reason ("exit code 1"), if it ends while this program runs. */
  readonly ended: AbortSignal;
}

/** Starts a process in a session of its own, so that neither our end nor Ctrl-C reaches it. */
export function startDetached(
  { command, args, env, user, cwd, logFile }: DetachedCommand,
): Detached {
  const log = openSync(logFile, "a");
  try {
    const child = spawn(command, [...args], {
      detached: true,
      cwd,
      ...user,
      env: { ...process.env, ...env },
      stdio: ["ignore", log, log],
    });
    const ended = new AbortController();
    child.once("error", (error) => ended.abort(error.message));
    child.once("exit", (code, signal) => ended.abort(signal ?? `exit code ${code}`));
    child.unref();
    return { pid: child.pid ?? 0, ended: ended.signal };
  } finally {
    closeSync(log);
  }
}

/**
 * Whether a process is alive and the right one: process ids are reused, so its
 * command line has to contain `marker`. (A process that ended and was not collected has none.)
 *
 * @throws {UnknownStateError} if the system shows neither that it is gone nor what it is
 */
export async function isAlive(pid: number, marker: string): Promise<boolean> {
  if (!exists(pid)) return false;
  const ps = await runCommand("ps", ["-ww", "-o", "stat=,args=", "-p", String(pid)], {
    env: utf8Locale,
  });
  if (ps?.code === 0) return ps.stdout.includes(marker) && !ps.stdout.trimStart().startsWith("Z");
  // Slim Linux images have no ps; Deno lets only a program with all permissions read /proc itself.
  const cat = await runCommand("cat", [`/proc/${pid}/cmdline`]);
  if (cat?.code === 0) return cat.stdout.includes(marker);
  if (!exists(pid)) return false;
  throw new UnknownStateError(`this user may not inspect process ${pid}`);
}

/**
 * An unknown state must not count as stopped: a service thought dead is started again, or its data
 * deleted.
 */
export class UnknownStateError extends Error {
  override name = "UnknownStateError";
}

/**
 * Stops a process: SIGTERM (or `stopSignal`), and SIGKILL when it has not ended `grace` ms later.
 * Resolves when it has ended.
 *
 * @throws `signal.reason` when aborted: it was told to end then, and may take its time;
 *   {@linkcode UnknownStateError} when it may not be ended, or looked at
 */
export async function endProcess(
  pid: number,
  marker: string,
  options: { grace?: number; stopSignal?: StopSignal; signal?: AbortSignal } = {},
): Promise<void> {
  const { grace = 15_000, stopSignal = "SIGTERM", signal } = options;
  if (!await isAlive(pid, marker)) return;
  send(pid, stopSignal);
  const isGone = async () => !await isAlive(pid, marker);
  if (await until(isGone, { timeout: grace, interval: POLL_MS, signal })) return;
  send(pid, "SIGKILL");
  await until(isGone, { interval: POLL_MS, signal });
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ESRCH") return false;
    // Another user's.
    if (code === "EPERM") return true;
    const why = error instanceof Deno.errors.NotCapable
      ? "this script's permission set does not allow it to inspect processes"
      : rootMessage(error);
    throw new UnknownStateError(why, { cause: error });
  }
}

function send(pid: number, signal: StopSignal | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EPERM") throw new UnknownStateError(`process ${pid} belongs to another user`);
    if (code !== "ESRCH") throw error;
  }
}
