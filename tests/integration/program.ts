import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { FIRST_CTRL_C } from "../../shared/cli/entry.ts";
import { listRunning } from "../../shared/cli/running.ts";
import type { Env } from "./settings.ts";

/** A waiting test fails after this time unless it says otherwise, in ms. */
const BOUND_MS = 180_000;

/** How a program ended, and all that it printed. */
export interface Ended {
  /** The exit code; 128 + n after the signal n. */
  readonly code: number;
  readonly stdout: string;
  /** Without the answer to Ctrl-C, which every program gives. */
  readonly stderr: string;
}

/** One of our scripts, run as a user would run it. Disposing kills it. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed until now. */
  stdout(): string;
  stderr(): string;
  /**
   * Resolves to the first match in one of its lines, of either stream, those printed already too.
   * Rejects with all that it printed when it ends, or `bound` ms pass, without one.
   */
  waitForLine(pattern: RegExp, bound?: number): Promise<RegExpExecArray>;
  /** Resolves when it ends by itself; rejects with all that it printed after `bound` ms. */
  ended(bound?: number): Promise<Ended>;
  /** Sends it a signal; false if it has ended. */
  signal(signal: Deno.Signal): boolean;
}

/**
 * Starts one of our scripts with its permission set.
 *
 * @param script such as "consumer/main.ts"
 * @param options.permissions name of its set in deno.json
 * @param options.flags more of Deno's own flags
 */
export function program(
  script: string,
  args: readonly string[],
  options: { permissions: string; env: Env; flags?: readonly string[] },
): Program {
  const { permissions, env, flags = [] } = options;
  return start(script, ["run", "-q", `-P=${permissions}`, ...flags, script, ...args], { env });
}

/**
 * Starts a task of deno.json, in a process group of its own: `signal` reaches the whole group, the
 * task runner and the script, as a Ctrl-C in a terminal does.
 */
export function task(name: string, args: readonly string[], options: { env: Env }): Program {
  return start(name, ["task", "-q", name, ...args], { env: options.env, group: true });
}

/**
 * Starts a command.
 *
 * @param title what it is called in a failure
 * @param options.group in a process group of its own, which `signal` reaches as a whole
 * @param options.command the real binary by default: a signal to the npm package's wrapper would not
 *   reach it
 */
export function start(
  title: string,
  args: readonly string[],
  options: { env: Env; group?: boolean; command?: string; cwd?: string },
): Program {
  const { env, group = false, command = Deno.execPath(), cwd } = options;
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    // However the tests were started, the programs were by an installed Deno.
    env: { NO_COLOR: "1", npm_config_user_agent: "", INIT_CWD: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: group,
  }).spawn();
  const kill = (signal: Deno.Signal) => send(group ? -child.pid : child.pid, signal);
  const text = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  const read = async (stream: "stdout" | "stderr") => {
    for await (const part of child[stream].pipeThrough(new TextDecoderStream())) {
      text[stream] += part;
      for (const watcher of watchers) watcher();
    }
  };
  let over = false;
  const end = Promise.all([child.status, read("stdout"), read("stderr")]).then(([{ code }]) => {
    over = true;
    for (const watcher of watchers) watcher();
    return { code, ...text, stderr: text.stderr.replace(`${FIRST_CTRL_C}\n`, "") };
  });
  const printed = () => `\n--- stdout\n${text.stdout}\n--- stderr\n${text.stderr}`;

  async function bounded<T>(promise: Promise<T>, what: string, bound = BOUND_MS): Promise<T> {
    const timer = new AbortController();
    const late = delay(bound, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`${title}: ${what} within ${bound} ms${printed()}`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([promise, late]);
    } finally {
      timer.abort();
    }
  }

  return {
    pid: child.pid,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    async waitForLine(pattern, bound) {
      let watcher = () => {};
      const match = new Promise<RegExpExecArray>((resolve, reject) => {
        watcher = () => {
          const found = findLine(pattern, text.stdout) ?? findLine(pattern, text.stderr);
          if (found) resolve(found);
          else if (over) reject(new Error(`${title} ended without a line ${pattern}${printed()}`));
        };
        watchers.add(watcher);
        watcher();
      });
      try {
        return await bounded(match, `no line ${pattern}`, bound);
      } finally {
        watchers.delete(watcher);
      }
    },
    ended: (bound) => bounded(end, "did not end", bound),
    signal: kill,
    async [Symbol.asyncDispose]() {
      if (!over) kill("SIGKILL");
      await end;
    },
  };
}

/** Kills the producers, consumers and loaders that are known in a runtime folder. */
export async function killRunning(runtimeDir: string): Promise<void> {
  for (const { pid } of await listRunning(runtimeDir)) send(pid, "SIGKILL");
}

function send(pid: number, signal: Deno.Signal): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // It ended in this moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
}

/** The first line that matches; a line that is not ended yet does not count. */
function findLine(pattern: RegExp, text: string): RegExpExecArray | undefined {
  for (const line of text.split("\n").slice(0, -1)) {
    const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).exec(line);
    if (match) return match;
  }
}
