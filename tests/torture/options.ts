import { InvalidArgumentError } from "commander";
import { Option, parseOptions, positiveInteger } from "../../shared/cli/options.ts";
import type { Fault } from "./fault.ts";
import { allFaults, chooseFaults } from "./faults.ts";

/** What a torture run is told. */
export interface TortureOptions extends Record<string, unknown> {
  readonly events: number;
  readonly seconds: number;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** The mean pause between two faults, in ms. */
  readonly every: number;
}

const table = [
  new Option("--events <n>", "events to publish").default(200_000).argParser(positiveInteger),
  new Option("--seconds <n>", "how long faults strike").default(300).argParser(positiveInteger),
  new Option("--seed <n>", "of events and faults; random if not given").argParser(positiveInteger),
  new Option("--every <ms>", "mean pause between two faults").default(1_750)
    .argParser(positiveInteger),
  new Option("--faults <names>", "only these: parts of their names, with commas in between")
    .argParser(parseFaults).default(allFaults, "all"),
];

/**
 * Reads the command line.
 *
 * @throws {CommanderError} on wrong usage
 */
export function parseTortureOptions(args: readonly string[]): TortureOptions {
  const { seed = Math.ceil(Math.random() * 1e9), ...options } = parseOptions<TortureOptions>(
    "torture",
    "Does to consumers, Kafka and S3 what production does, and counts every event.",
    table,
    args,
  );
  return { ...options, seed } as TortureOptions;
}

function parseFaults(value: string): readonly Fault[] {
  const parts = value.split(",").map((part) => part.trim());
  for (const part of parts) {
    if (part !== "" && chooseFaults([part]).length > 0) continue;
    throw new InvalidArgumentError(
      `Use parts of these names: ${allFaults.map(({ name }) => name).join(", ")}.`,
    );
  }
  return chooseFaults(parts);
}
