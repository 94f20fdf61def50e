import { UserError } from "../../shared/cli/errors.ts";
import { Option, parseOptions, seconds } from "../../shared/cli/options.ts";

/** The loader's options. */
export interface EtlOptions extends Record<string, unknown> {
  /** Keeps running; in s from the beginning of a pass to that of the next. */
  readonly watch?: number;
  readonly key?: string;
  readonly dryRun?: true;
  readonly list?: true;
  /** In s. */
  readonly sla?: number;
}

/** How often a watching loader checks the bucket, unless told otherwise, in s. */
const WATCH_SECONDS = 2;

/** Its flags. */
export const etlOptions = [
  new Option("--watch [s]", "keep running, and check the bucket every so many seconds (2)")
    .preset(String(WATCH_SECONDS)).argParser(seconds),
  new Option("--key <key>", "only load this file, such as sales/sales_20260226_102345.csv"),
  new Option("--dry-run", "load, show the result, and roll back"),
  new Option("--list", "only list the files waiting to be loaded, oldest first"),
  new Option("--sla <s>", "only check that no streamed file has been waiting longer than this")
    .argParser(seconds),
];

/**
 * Reads the loader's command line.
 *
 * @throws {CommanderError} when an option is wrong; {@linkcode UserError} when options do not go
 *   together
 */
export function parseEtlOptions(args: readonly string[]): EtlOptions {
  const about =
    "Load the landed files into the warehouse, each once, and move them to the archive.";
  const options = parseOptions<EtlOptions>("etl", about, etlOptions, args);
  const alone = (["watch", "key", "list", "sla"] as const)
    .filter((name) => options[name] !== undefined);
  const [first, second = options.dryRun && first !== "key" && first ? "dry-run" : undefined] =
    alone;
  if (second === undefined) return options;
  throw new UserError(
    `Wrong usage: --${first} and --${second} cannot be combined`,
    `use one of them`,
    { exitCode: 2 },
  );
}
