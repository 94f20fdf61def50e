import { join } from "node:path";
import type { Program } from "../tests/integration/program.ts";
import { pause } from "../shared/cli/backoff.ts";
import type { Bed } from "./bed.ts";
import { checkRows, type RowCheck } from "./check_rows.ts";
import { foreignBetween, sampleOf } from "./sample.ts";
import { peakMiB } from "./usage.ts";

/** What takes events from Kafka to files in S3. */
export interface Contestant {
  readonly name: string;
  /** Events in a file. */
  readonly size: number;
  /** Starts it on a bucket, in a group of its own. */
  start(bed: Bed, bucket: string): Program;
  /** What it prints when it begins to read. */
  readonly begins: RegExp;
}

/** What one run of a contestant took. */
export interface Run extends RowCheck {
  /** From the beginning of reading to the last file that became visible, in s. */
  readonly seconds: number;
  /** CPU time of the process in that time, in s. */
  readonly cpu: number;
  /** CPU time of the S3 server in that time, in s. */
  readonly s3Cpu: number;
  /** Peak memory of the process, in MiB. */
  readonly peak: number;
  /** Processors that others kept busy meanwhile. */
  readonly foreign: number;
}

/** How often figures are taken, in ms. */
export const EVERY_MS = 200;
/**
 * It is over when there has been no new file for this long, in ms, and the process has rested: a last
 * batch waits for more.
 */
export const QUIET_MS = 10_000;
/** For the first file it may take so long, in ms, however little it is seen to do. */
const FIRST_MS = 300_000;
/** A process rests that keeps no more than so many processors busy. */
const RESTING = 0.3;

/** Has a contestant land all that waits. */
export async function measure(contestant: Contestant, bed: Bed, signal: AbortSignal): Promise<Run> {
  const { name, folder } = await bed.bucket();
  await using program = contestant.start(bed, name);
  await program.waitForLine(contestant.begins, 120_000);
  const begun = Date.now();
  const first = sampleOf([program.pid], bed);
  let last = first;
  let files: string[] = [];
  let quiet = first;
  while (true) {
    await pause(EVERY_MS, signal);
    const now = filesIn(folder);
    if (now.length !== files.length) {
      files = now;
      quiet = last = sampleOf([program.pid], bed);
    } else if (performance.now() - quiet.at >= QUIET_MS) {
      const rest = sampleOf([program.pid], bed);
      const rests = rest.cpu - quiet.cpu <= RESTING * (rest.at - quiet.at) / 1_000;
      const ended = Number.isNaN(rest.cpu);
      if (ended || rests && (files.length > 0 || rest.at - first.at > FIRST_MS)) break;
      quiet = rest;
    }
  }
  if (files.length === 0) throw new Error(`${contestant.name}: no file\n${program.stderr()}`);
  const peak = peakMiB(program.pid) ?? NaN;
  program.signal("SIGTERM");
  await program.ended(120_000);
  const ended = Math.max(...files.map((file) => Deno.statSync(file).mtime!.getTime()));
  return {
    seconds: (ended - begun) / 1_000,
    cpu: last.cpu - first.cpu,
    s3Cpu: last.s3 - first.s3,
    peak,
    foreign: foreignBetween(first, last),
    ...checkRows(files, bed.events),
  };
}

/**
 * The objects of a bucket, as VersityGW keeps them: uploads under way are in a folder with a point.
 * Flink keeps the rows of its open files in objects with an underscore, for as long as it needs them.
 */
export function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry): string[] => {
    if (/^[._]/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory ? filesIn(path) : [path];
  });
}
