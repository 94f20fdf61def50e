import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { STARTED_BY } from "../shared/cli/environment.ts";
import { projectFolder } from "../shared/cli/project_folder.ts";
import { userFolder } from "../shared/cli/task_command.ts";

/** A producer, consumer or loader that runs as a child process, with its own permission set. */
export interface Program extends AsyncDisposable {
  /**
   * Its exit code; 128 + n after the signal n, and when it was stopped before its work was done.
   */
  readonly ended: Promise<number>;
  /** Tells it to stop cleanly, once. */
  stop(): void;
}

/**
 * The scripts as their tasks run them, after what V8 is told: decoded events live for a moment
 * only, and 60 MiB more of them would pile up in the consumer.
 */
export const scripts = {
  producer: ["producers/all.ts"],
  consumer: ["--v8-flags=--max-semi-space-size=8", "consumer/main.ts"],
  loader: ["warehouse/main.ts"],
} as const;

/**
 * Starts a script as its own task would. The child is in a session of its own, so that a Ctrl-C in
 * the terminal reaches it once, through the orchestrator, and not twice: a second one would end it
 * at once. When the orchestrator exits, the child is killed. Disposing stops it and waits for its
 * end.
 *
 * @param options.onLine called with each line of its output; without it the child prints to ours
 * @param options.endless whether it runs until it is stopped: then it never ends too early
 */
export function startProgram(
  role: keyof typeof scripts,
  args: readonly string[],
  options: { onLine?: (line: string) => void; endless?: boolean } = {},
): Program {
  const { onLine, endless = false } = options;
  const child = new Deno.Command(Deno.execPath(), {
    env: { [STARTED_BY]: "orchestrator.ts", INIT_CWD: userFolder() },
    args: ["run", "-q", `-P=${role}`, ...scripts[role], ...args],
    cwd: projectFolder,
    stdin: "null",
    stdout: onLine ? "piped" : "inherit",
    stderr: "inherit",
    detached: true,
  }).spawn();
  const kill = () => send(child, "SIGKILL");
  globalThis.addEventListener("unload", kill);
  const read = onLine ? readLines(child.stdout, onLine) : Promise.resolve();
  let stopped = false;
  const ended = Promise.all([child.status, read]).then(([{ code, signal }]) => {
    globalThis.removeEventListener("unload", kill);
    // Stopped before it started to listen to signals.
    return endless && stopped && signal === "SIGTERM" ? 0 : code;
  });
  const stop = () => {
    if (!stopped) send(child, "SIGTERM");
    stopped = true;
  };
  return {
    ended,
    stop,
    async [Symbol.asyncDispose]() {
      stop();
      await ended;
    },
  };
}

function send(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended in the meantime.
  }
}

async function readLines(
  output: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  // deno-lint-ignore no-explicit-any -- the two declarations of the same web stream differ
  for await (const line of createInterface({ input: Readable.fromWeb(output as any) })) {
    onLine(line);
  }
}
