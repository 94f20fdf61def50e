import { InvalidArgumentError } from "commander";
import { UserError } from "../shared/cli/errors.ts";
import { isType, type Type, types } from "../shared/catalogue/events.ts";
import { interval, Option, parseOptions, positiveInteger, seconds } from "../shared/cli/options.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { type Backfill, parseBackfill, parseTime } from "./publishing/backfill.ts";
import { type FaultRates, parseFaults } from "./publishing/event_faults.ts";
import { formatMicroseconds, nowMicroseconds } from "./simulation/clock.ts";
import { createCurve, type Curve, flat, profiles } from "./simulation/profiles.ts";

/** The options of a producer. */
export interface ProducerOptions {
  /** Seconds between the events of a system. */
  readonly interval: number;
  /** Events of each system; endless when absent. */
  readonly count?: number;
  readonly seed?: number;
  readonly types: readonly Type[];
  /** In microseconds since 1970. */
  readonly startTime?: number;
  readonly profile: Curve;
  /** Simulated seconds in a second. */
  readonly speed: number;
  readonly backfill?: Backfill;
  /** Simulated seconds between the events of a system while the past is published. */
  readonly step?: number;
  /** In seconds. */
  readonly duration?: number;
  readonly dryRun: boolean;
  readonly format: "ndjson" | "csv";
  readonly entity?: string;
  readonly faults: FaultRates;
  /** The file for the truth. */
  readonly report?: string;
}

interface Flags extends Record<string, unknown> {
  readonly type?: Type[];
  readonly interval: number;
  readonly rate?: number;
  readonly count?: number;
  readonly seed?: number;
  readonly startTime?: number;
  readonly profile?: Curve;
  readonly speed?: number;
  readonly backfill?: Backfill;
  readonly step?: number;
  readonly duration?: number;
  readonly dryRun?: true;
  readonly format?: "ndjson" | "csv";
  readonly entity?: string;
  readonly faults?: FaultRates;
  readonly report?: string;
}

/** The seconds between the events of a system, unless an option says otherwise. */
const INTERVAL = 5;

/** The options that every producer has. */
export function commonOptions(): Option[] {
  return [
    new Option(
      "--interval <seconds>",
      `seconds between the events of a system (default: ${INTERVAL}); 0: as fast as Kafka takes them, in batches`,
    ).argParser(interval),
    new Option("--rate <number>", "events a second of all chosen systems, in place of --interval")
      .argParser(positive),
    new Option("--count <number>", "events of each system (default: endless)")
      .argParser(positiveInteger),
    new Option("--duration <seconds>", "end after so many seconds").argParser(seconds),
    new Option(
      "--seed <number>",
      "make the same events again: the same ids, contents and times (from 2026-01-01, an interval apart)",
    ).argParser(positiveInteger),
    new Option(
      "--start-time <time>",
      "when the business begins, in UTC; with --seed it is a world of its own, which the next run continues",
    ).argParser(parseTime),
    new Option(
      "--speed <number>",
      "simulated seconds in a second, from --start-time until it has caught up with the clock",
    ).argParser(positive),
    new Option(
      "--profile <curve>",
      `the shape of a day: ${
        Object.keys(profiles).join(", ")
      }, or 24 numbers with commas, one an hour (UTC)`,
    ).argParser(parseProfile),
    new Option(
      "--backfill <span>",
      "publish the past first, as fast as Kafka takes it: 90d, 12h, FROM..TO, or FROM.. (until now); then go on live",
    ).argParser(parseBackfill),
    new Option(
      "--step <seconds>",
      "simulated seconds between the events of a system during --backfill (default: as live)",
    ).argParser(seconds),
    new Option(
      "--faults <rates>",
      "faults on purpose, such as duplicate=0.01,late=0.02,out-of-order=0.05,invalid=0.001,null=0.01",
    ).argParser(parseFaults),
    new Option("--report <file>", "write what was published, and what should come of it, as JSON"),
    new Option("--dry-run", "print the events, publish nothing"),
    new Option("--format <format>", "of the printed events: ndjson or csv (one system)")
      .choices(["ndjson", "csv"]),
    new Option(
      "--entity <id>",
      "print the life of one thing, in all systems: VEH-…, CUST-…, SALE-…; publish nothing",
    ),
  ];
}

/** Which systems: repeatable, or a list with commas. */
export function typeOption(): Option {
  return new Option("--type <types>", `which systems: all, or ${types.join(", ")}`)
    .argParser<Type[]>((value, previous) => [...new Set([...previous ?? [], ...parseTypes(value)])])
    .default(undefined, "all");
}

/** The same for a script of one system, which takes no other. */
function ownTypeOption(own: Type): Option {
  return new Option("--type <type>", `only ${own}: this script has no other system`)
    .argParser((value) => {
      const others = parseTypes(value).filter((type) => type !== own);
      if (others.length === 0) return;
      const task = taskCommand(`produce --type ${value.replaceAll(" ", "")}`);
      throw new InvalidArgumentError(`This script is for ${own}. Use: ${task}`);
    });
}

/**
 * Reads a producer's command line.
 *
 * @param options.type the one system of the script; without it, `--type` chooses
 * @throws {CommanderError} on wrong usage; {@linkcode UserError} when options do not go together
 */
export function parseProducerOptions(
  args: readonly string[],
  options: { name: string; type?: Type },
): ProducerOptions {
  const about = `Publishes events of ${options.type ?? "the simulated systems"} to Kafka.`;
  const which = options.type ? ownTypeOption(options.type) : typeOption();
  const table = [which, ...commonOptions()];
  const flags = parseOptions<Flags>(options.name, about, table, args);
  const chosen = options.type ? [options.type] : flags.type ?? types;
  assertTogether(flags, chosen);
  const { type: _1, rate, interval = rate ? chosen.length / rate : INTERVAL, ...rest } = flags;
  return {
    ...rest,
    types: chosen,
    interval,
    profile: flags.profile ?? flat,
    speed: flags.speed ?? 1,
    dryRun: flags.dryRun ?? flags.entity !== undefined,
    format: flags.format ?? "ndjson",
    faults: flags.faults ?? {},
  };
}

function assertTogether(flags: Flags, chosen: readonly Type[]): void {
  const { rate, interval, speed, startTime, backfill, step, format, dryRun, entity, report } =
    flags;
  if (rate !== undefined && interval !== undefined) {
    throw wrong("--rate and --interval say the same in two ways", "leave one of them out");
  }
  if (speed !== undefined && startTime === undefined) {
    throw wrong(
      "--speed would run into the future",
      "add a --start-time in the past, from which time runs faster",
    );
  }
  if (backfill && startTime !== undefined) {
    throw wrong("--backfill and --start-time both say when it begins", "leave one of them out");
  }
  const begin = startTime ?? backfill?.from ?? -Infinity;
  if (begin > nowMicroseconds()) {
    throw wrong(
      `the business would begin in the future (${
        formatMicroseconds(begin)
      } UTC), and nothing happen before`,
      "choose a time in the past",
    );
  }
  if (step !== undefined && !backfill) {
    throw wrong("--step only goes with --backfill", "add --backfill, or use --interval");
  }
  if (format && !dryRun && !entity) {
    throw wrong("--format only goes with --dry-run or --entity", "add --dry-run");
  }
  if (format === "csv" && (chosen.length > 1 || entity)) {
    throw wrong(
      "--format csv prints one system, as each has columns of its own",
      "choose one by --type",
    );
  }
  if (entity && report) throw wrong("--entity publishes nothing to report", "leave --report out");
}

function wrong(what: string, hint: string): UserError {
  return new UserError(`Wrong usage: ${what}`, hint, { exitCode: 2 });
}

function positive(value: string): number {
  if (/^\d+(\.\d+)?$/.test(value) && Number(value) > 0) return Number(value);
  throw new InvalidArgumentError("Use a number above 0, such as 100 or 0.5.");
}

function parseProfile(value: string): Curve {
  if (Object.hasOwn(profiles, value)) return profiles[value as keyof typeof profiles];
  const hours = value.split(",");
  const isDay = hours.length === 24 && hours.every((hour) => /^\d+(\.\d+)?$/.test(hour.trim())) &&
    hours.some((hour) => Number(hour) > 0);
  if (isDay) return createCurve(hours.map(Number));
  throw new InvalidArgumentError(
    `Use ${Object.keys(profiles).join(", ")}, or 24 numbers of 0 or more with commas, not all 0.`,
  );
}

/**
 * The systems that a command line names: all, or names separated by commas.
 *
 * @throws {InvalidArgumentError} saying what is expected
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
