import { createInterface } from "node:readline";
import { Readable } from "node:stream";

/** How a command ended, and what it printed. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end, passing on its output as it arrives. Aborting sends it SIGTERM.
 *
 * @param options.onLine called with each line of its standard output
 * @throws `signal.reason` when aborted; Deno's error when there is no such command
 */
export async function streamCommand(
  command: string,
  args: readonly string[],
  { env, onLine, signal }: {
    env?: Record<string, string>;
    onLine: (line: string) => void;
    signal: AbortSignal;
  },
): Promise<Omit<CommandResult, "stdout">> {
  signal.throwIfAborted();
  const child = new Deno.Command(command, {
    args: [...args],
    env,
    signal,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  for await (const line of createInterface({ input: Readable.fromWeb(child.stdout) })) {
    onLine(line);
  }
  const { code } = await child.status;
  signal.throwIfAborted();
  return { code, stderr: await stderr };
}

/**
 * Runs a command to its end. Aborting sends it SIGTERM.
 *
 * @returns undefined when there is no such command
 * @throws `signal.reason` when aborted
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: {
    cwd?: string;
    env?: Readonly<Record<string, string>>;
    uid?: number;
    gid?: number;
    signal?: AbortSignal;
  } = {},
): Promise<CommandResult | undefined> {
  const { signal } = options;
  signal?.throwIfAborted();
  const decoder = new TextDecoder();
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      ...options,
    }).output();
    signal?.throwIfAborted();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    signal?.throwIfAborted();
    throw error;
  }
}
