import { UserError } from "../../shared/cli/errors.ts";
import { runCommand } from "../../infra/command.ts";
import { tail } from "../../infra/log_tail.ts";

/** What a command of these tests is run with. */
export interface CommandOptions {
  /** Added to our own environment. */
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs a command and gives what it prints to stdout.
 *
 * @throws {UserError} with the end of its output, when it fails or is not there
 */
export async function succeed(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await runCommand(command, args, options);
  if (result?.code === 0) return result.stdout;
  const title = [command, ...args.slice(0, 2)].join(" ");
  if (!result) throw new UserError(`Cannot run ${title}: there is no ${command}`);
  throw new UserError(`${title} failed:\n${tail(`${result.stdout}\n${result.stderr}`, 25)}`);
}

/** What a command prints to stdout; undefined when it fails or is not there. */
export async function answerOf(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string | undefined> {
  const result = await runCommand(command, args, options);
  return result?.code === 0 ? result.stdout.trim() : undefined;
}
