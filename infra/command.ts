/** How a command ended, and what it printed. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
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
    env?: Record<string, string>;
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
