import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { painter } from "./colour.ts";
import config from "../../deno.json" with { type: "json" };

/**
 * A command line of options, and perhaps an argument: parsing, help and defaults out of one table.
 * A wrong option is reported with its name, its value and what would be right, before anything is
 * started.
 *
 * @param name the command's name in the help
 * @param argument a required argument; its value is among the options, under its name
 * @throws {CommanderError} on wrong usage (exit code 2) and after the help (exit code 0)
 */
export function parseOptions<Options extends Record<string, unknown>>(
  name: string,
  about: string,
  table: Option[],
  args: readonly string[],
  argument?: Argument,
): Options {
  const command = new Command(name).description(about).version(config.version).exitOverride()
    .allowExcessArguments()
    .configureOutput({
      outputError: (text, write) => write(painter(Deno.stderr)(explain(text, table))),
    });
  for (const option of table) command.addOption(option);
  if (argument) command.addArgument(argument);
  command.parse(args, { from: "user" });
  const [stray] = command.args.slice(command.registeredArguments.length);
  if (stray !== undefined) command.error(`error: unknown argument '${stray}'`);
  const named = argument && { [argument.name()]: command.processedArgs[0] };
  return { ...command.opts<Options>(), ...named };
}

/** Commander's message in this project's form: what is wrong, then what to do. */
function explain(text: string, table: Option[]): string {
  const [message = "", suggestion] = text.trim().replace(/^error: /, "").split("\n");
  const [what, right] = message.split(/(?<=is invalid)\. /) as [string, string?];
  const flags = /^option '(.+)' argument missing$/.exec(message)?.[1];
  const description = table.find((option) => option.flags === flags)?.description;
  const hint = right ?? (description && `Give it a value: ${description}.`) ??
    suggestion?.replace(/[()]/g, "") ?? "See --help for the options.";
  return `✗ ${what}\n  → ${hint}\n`;
}

/** An option's value: a whole number of at least 1. */
export function positiveInteger(value: string): number {
  if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value)) && Number(value) > 0) {
    return Number(value);
  }
  throw new InvalidArgumentError("Use a whole number of 1 or more, such as 100.");
}

/** An option's value: a number of seconds above 0; fractions are allowed. */
export function seconds(value: string): number {
  if (isDecimal(value) && Number(value) > 0) return Number(value);
  throw new InvalidArgumentError("Use a number of seconds above 0, such as 5 or 0.5.");
}

/** An option's value: a number of seconds, 0 for no pause. */
export function interval(value: string): number {
  if (isDecimal(value)) return Number(value);
  throw new InvalidArgumentError("Use a number of seconds, such as 5 or 0.5, or 0 for no pause.");
}

function isDecimal(value: string): boolean {
  return /^\d+(\.\d+)?$/.test(value);
}

export { Argument, Option };
