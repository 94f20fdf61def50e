import process from "node:process";
import { until } from "../shared/cli/until.ts";
import { UserError } from "../shared/cli/errors.ts";
import { listRunning, type RunningProgram } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { catchUpToStop } from "./catch_up.ts";

/** How long programs may take to land open batches before they are killed, in ms. */
const TIMEOUT_MS = 30_000;
/** How long a program may take to exit after the second signal, in ms. */
const KILL_TIMEOUT_MS = 5_000;

interface StopOptions {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly timeout?: number;
}

/**
 * Stops all producers, consumers, loaders and consoles of this machine like a Ctrl-C: producers first, so
 * that consumers land what they have published. What does not exit in time is killed; nothing is
 * lost by that, it is read again.
 *
 * @param options.timeout how long programs may take, in ms. @default 30 s
 * @returns how many programs there were
 * @throws {UserError} when one cannot be stopped; `signal.reason` when aborted: those that were
 *   signalled keep shutting down
 */
export async function stopPrograms(
  settings: Settings,
  options: StopOptions,
): Promise<number> {
  const producers = await stopRole("producer", settings, options);
  const consumers = (await running("consumer", settings)).length > 0;
  if (producers > 0 && consumers) await catchUpToStop(settings, options);
  const others = await stopRole("consumer", settings, options);
  const loaders = await stopRole("loader", settings, options);
  return producers + others + loaders + await stopRole("console", settings, options);
}

async function stopRole(
  role: string,
  settings: Settings,
  { log, signal, timeout = TIMEOUT_MS }: StopOptions,
): Promise<number> {
  const programs = await running(role, settings);
  for (const { pid } of programs) log(`Stopping the ${role} (pid ${pid})…`);
  for (const program of programs) send(program, "SIGTERM");
  const none = async () => (await running(role, settings)).length === 0;
  if (await until(none, { timeout, signal })) return programs.length;
  for (const program of await running(role, settings)) {
    log(`The ${role} (pid ${program.pid}) did not exit within ${timeout / 1000} s, killing it`);
    // A second signal ends it; a program that is frozen does not even see that one.
    send(program, "SIGTERM");
  }
  if (!await until(none, { timeout: KILL_TIMEOUT_MS, signal })) {
    for (const program of await running(role, settings)) send(program, "SIGKILL");
    if (!await until(none, { timeout: KILL_TIMEOUT_MS, signal })) {
      throw unstoppable(role, await running(role, settings));
    }
  }
  return programs.length;
}

async function running(role: string, { runtimeDir }: Settings): Promise<RunningProgram[]> {
  return (await listRunning(runtimeDir)).filter((program) => program.role === role);
}

function send(program: RunningProgram, signal: Deno.Signal): void {
  try {
    process.kill(program.pid, signal);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EPERM") throw unstoppable(program.role, [program], "it belongs to another user");
    // It has ended in the meantime.
    if (code !== "ESRCH") throw error;
  }
}

function unstoppable(
  role: string,
  programs: readonly RunningProgram[],
  why = "it keeps running",
) {
  const pids = programs.map(({ pid }) => pid).join(", ");
  return new UserError(
    `Cannot stop the ${role} (pid ${pids}): ${why}`,
    "stop it as the user who started it; the services keep running for it",
  );
}
