import { InvalidArgumentError } from "commander";
import { isType, type Type, types } from "../shared/events.ts";
import { interval, Option, parseOptions, positiveInteger } from "../shared/options.ts";
import { taskCommand } from "../shared/task_command.ts";

/** The options of a producer. */
export interface ProducerOptions {
  /** Seconds between the events of a system. */
  readonly interval: number;
  /** Events of each system; endless when absent. */
  readonly count?: number;
  readonly seed?: number;
  readonly types: readonly Type[];
}

/** The options that every producer has. */
export function commonOptions(): Option[] {
  return [
    new Option(
      "--interval <seconds>",
      "seconds between the events of a system; 0: as fast as Kafka takes them, in batches",
    ).argParser(interval).default(5),
    new Option("--count <number>", "events of each system (default: endless)")
      .argParser(positiveInteger),
    new Option(
      "--seed <number>",
      "make the same events again: the same ids, contents and times (from 2026-01-01, an interval apart)",
    ).argParser(positiveInteger),
  ];
}

/** Which systems: repeatable, or a list with commas. */
export function typeOption(): Option {
  return new Option("--type <types>", `which systems: all, or ${types.join(", ")}`)
    .argParser<Type[]>((value, previous) => [...new Set([...previous ?? [], ...parseTypes(value)])])
    .default(undefined, "all");
}

/** The same of a script of one system, which takes no other. */
function ownTypeOption(own: Type): Option {
  return new Option("--type <type>", `only ${own}: this script has no other system`)
    .argParser((value) => {
      const others = parseTypes(value).filter((type) => type !== own);
      if (others.length === 0) return;
      const task = value.includes(",") || others.length > 1
        ? `produce --type ${value.replaceAll(" ", "")}`
        : `produce:${others[0]}`;
      throw new InvalidArgumentError(`This script is for ${own}. Use: ${taskCommand(task)}`);
    });
}

/**
 * Reads a producer's command line.
 *
 * @param options.type the one system of the script; without it, `--type` chooses
 * @throws {CommanderError} on wrong usage
 */
export function parseProducerOptions(
  args: readonly string[],
  options: { name: string; type?: Type },
): ProducerOptions {
  const about = `Publishes events of ${options.type ?? "the simulated systems"} to Kafka.`;
  const which = options.type ? ownTypeOption(options.type) : typeOption();
  const table = [which, ...commonOptions()];
  const { type, ...rest } = parseOptions<Omit<ProducerOptions, "types"> & { type?: Type[] }>(
    options.name,
    about,
    table,
    args,
  );
  return { ...rest, types: options.type ? [options.type] : type ?? types };
}

/**
 * Which systems a command line names: all, or names with commas.
 *
 * @throws {InvalidArgumentError} saying what would be right
 */
export function parseTypes(value: string): readonly Type[] {
  return value.split(",").map((name) => name.trim()).flatMap((name) => {
    if (name === "all") return types;
    if (isType(name)) return [name];
    throw new InvalidArgumentError(
      `Use all, or one or more of ${types.join(", ")} with commas in between.`,
    );
  });
}
