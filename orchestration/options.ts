import { parseTypes } from "../producers/options.ts";
import { UserError } from "../shared/cli/errors.ts";
import { interval, Option, parseOptions, positiveInteger, seconds } from "../shared/cli/options.ts";

/** What the orchestrator is to do. */
export interface OrchestratorOptions extends Record<string, unknown> {
  readonly kafkaStart?: true;
  readonly kafkaStop?: true;
  readonly producers?: string;
  readonly consumer?: true;
  readonly airflowStart?: true;
  readonly airflowStop?: true;
  readonly status?: true;
  readonly json?: true;
  /** In s. */
  readonly watch?: number;
  readonly stopAll?: true;
  readonly demo?: true;
  readonly interval?: number;
  readonly count?: number;
  readonly seed?: number;
  readonly backfill?: string;
  /** In s. */
  readonly step?: number;
  readonly loader?: true;
  readonly batchSize?: number;
  readonly timeout?: number;
  readonly maxBuffer?: number;
  readonly duration?: number;
  readonly s3?: "local" | "aws";
  readonly purge?: true;
}

type Flag = keyof OrchestratorOptions & string;

/** Its flags. */
export const orchestratorOptions: Option[] = [
  new Option("--kafka-start", "start ZooKeeper, Kafka and the local S3"),
  new Option("--kafka-stop", "stop the services; their data is kept"),
  new Option(
    "--producers [types]",
    "publish events of some systems (sales,payments), or of all",
  )
    .argParser((value) => value === "all" ? value : [...new Set(parseTypes(value))].join(","))
    .preset("all"),
  new Option("--interval <s>", "seconds between a system's events (5); 0: as fast as possible")
    .argParser(interval),
  new Option("--count <n>", "events of each system (endless)").argParser(positiveInteger),
  new Option("--seed <n>", "generate the same events again").argParser(positiveInteger),
  new Option("--backfill <span>", "backfill this span first, such as 90d; then continue live"),
  new Option("--step <s>", "seconds between a system's events during the backfill").argParser(
    seconds,
  ),
  new Option("--loader", "load landed files into the warehouse"),
  new Option("--consumer", "land the events in S3"),
  new Option("--batch-size <n>", "events in a file (100)").argParser(positiveInteger),
  new Option("--timeout <s>", "land a file after this many seconds at the latest (300)")
    .argParser(seconds),
  new Option("--max-buffer <mib>", "memory for all batches in MiB (64)").argParser(positiveInteger),
  new Option("--airflow-start", "start Airflow, which loads what has landed"),
  new Option("--airflow-stop", "stop Airflow; its data is kept"),
  new Option("--status", "show services, topics, lag, programs and landed files"),
  new Option("--json", "with --status: as one line of JSON"),
  new Option("--watch [s]", "with --status: show it again, this many seconds later (2)")
    .argParser(seconds).preset("2"),
  new Option("--stop-all", "stop producers and consumers cleanly, then the services"),
  new Option("--demo", "run the pipeline end to end"),
  new Option("--duration <s>", "how long the demo publishes, from its first event (90)").argParser(
    seconds,
  ),
  new Option(
    "--s3 <which>",
    "local: the local S3 (as the demo does); aws: the one that the AWS variables choose",
  ).choices(["local", "aws"]),
  new Option("--purge", "with --kafka-stop or --stop-all: delete the services' data too"),
];

/** Flags that say how: each goes with one of the flags that say what. */
const goesWith: Readonly<Record<string, readonly Flag[]>> = {
  interval: ["producers"],
  count: ["producers"],
  seed: ["producers"],
  backfill: ["producers"],
  step: ["producers"],
  loader: ["consumer"],
  batchSize: ["consumer"],
  timeout: ["consumer"],
  maxBuffer: ["consumer"],
  duration: ["demo"],
  s3: ["demo", "kafkaStart", "consumer", "status"],
  json: ["status"],
  watch: ["status"],
  purge: ["kafkaStop", "stopAll"],
};

/** The flags that say how the given ones are done: those of `--status` are `--json` and others. */
export function flagsOf(given: readonly string[]): string[] {
  return Object.entries(goesWith)
    .filter(([flag, partners]) =>
      !given.includes(spell([flag])) && partners.some((partner) => given.includes(spell([partner])))
    )
    .map(([flag]) => spell([flag]));
}

/** Flags that say what; the first group can be combined, each of the second stands alone. */
const combinable: readonly Flag[] = ["kafkaStart", "producers", "consumer"];
const alone: readonly Flag[] = [
  "kafkaStop",
  "airflowStart",
  "airflowStop",
  "status",
  "stopAll",
  "demo",
];

/**
 * Reads the orchestrator's command line.
 *
 * @throws {CommanderError} when an option is wrong; {@linkcode UserError} when options do not go
 *   together; either ends the program with 2
 */
export function parseOrchestratorOptions(args: readonly string[]): OrchestratorOptions {
  const options = parseOptions<OrchestratorOptions>(
    "orchestrator.ts",
    "Start, stop, demonstrate and watch the whole pipeline.",
    orchestratorOptions,
    args,
  );
  const what = [...combinable, ...alone].filter((flag) => options[flag] !== undefined);
  if (what.length === 0) {
    throw wrong("no command given", `use ${spell([...combinable, ...alone])}, or --help`);
  }
  const single = alone.find((flag) => options[flag] !== undefined);
  if (single && what.length > 1) {
    throw wrong(
      `${spell([single])} cannot be combined with other commands`,
      `leave out ${spell(what.filter((f) => f !== single))}`,
    );
  }
  for (const [flag, partners] of Object.entries(goesWith)) {
    if (options[flag] === undefined || partners.some((partner) => options[partner])) continue;
    const value = options[flag] === true ? "" : ` ${options[flag]}`;
    throw wrong(
      `${spell([flag])}${value} only goes with ${spell(partners)}`,
      `add ${spell(partners)}, or leave ${spell([flag])} out`,
    );
  }
  return options;
}

function wrong(what: string, hint: string): UserError {
  return new UserError(`Wrong usage: ${what}`, hint, { exitCode: 2 });
}

/** Flags as they are typed. */
function spell(flags: readonly string[]): string {
  return flags.map((flag) => `--${flag.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`)
    .join(" or ");
}
