import { InvalidArgumentError } from "commander";
import { Option, parseOptions } from "../shared/cli/options.ts";

/** What can be varied, in the order in which it is measured. */
export const varied = ["consumers", "partitions", "bytes", "waiting", "files"] as const;
/** One of them. */
export type Varied = (typeof varied)[number];

/** What `deno task bench:growth` is told. */
export interface GrowthOptions extends Record<string, unknown> {
  readonly only: readonly Varied[];
  readonly scale: number;
  readonly out: string;
  readonly svg: string;
}

const options = [
  new Option("--only <names>", `what is varied: ${varied.join(", ")}`).default(varied, "all")
    .argParser(namesOf),
  new Option("--scale <n>", "so many times the events and files; 0.1 for a trial").default(1)
    .argParser(scaleOf),
  new Option("--out <file>", "the figures, as JSON").default("reports/bench-growth.json"),
  new Option("--svg <file>", "the plot").default("reports/growth.svg"),
];

/**
 * Reads the command line of `deno task bench:growth`.
 *
 * @throws {CommanderError} on wrong usage, and after the help
 */
export function parseGrowthOptions(args: readonly string[]): GrowthOptions {
  const about = "Measure how the consumer, and what looks at its files, grow.";
  return parseOptions<GrowthOptions>("bench:growth", about, options, args);
}

function namesOf(text: string): Varied[] {
  const names = text.split(",");
  if (!names.every((name) => varied.includes(name as Varied))) {
    throw new InvalidArgumentError(`Use some of ${varied.join(", ")}, with commas.`);
  }
  return varied.filter((name) => names.includes(name));
}

function scaleOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("Use a number above 0, such as 0.1.");
}
