import { Option, parseOptions, positiveInteger, seconds } from "../shared/cli/options.ts";

/** The options of the consumer's command line. */
export interface ConsumerOptions extends Record<string, unknown> {
  /** Events in a file. */
  readonly batchSize: number;
  /** After how many seconds a file is landed that is not full. */
  readonly timeout: number;
  /** Memory for all batches, in MiB. */
  readonly maxBuffer: number;
  /** Whether to land in an S3 that does not honour `If-None-Match`. */
  readonly allowUnsafeS3: boolean;
}

/** Its flags. */
export const consumerOptions = [
  new Option("--batch-size <n>", "events in a file").default(100).argParser(positiveInteger),
  new Option("--timeout <s>", "land a file after this many seconds even if it is not full")
    .default(300).argParser(seconds),
  new Option("--max-buffer <mib>", "memory for all batches, in MiB; above it, fetching pauses")
    .default(64).argParser(positiveInteger),
  new Option(
    "--allow-unsafe-s3",
    "land in an S3 that does not honour If-None-Match, where files can overwrite each other",
  ).default(false),
];

/** Reads a consumer's command line. */
export function parseConsumerOptions(args: readonly string[]): ConsumerOptions {
  return parseOptions<ConsumerOptions>(
    "consume",
    "Land the events of all topics in S3 as CSV files, each exactly once.",
    consumerOptions,
    args,
  );
}
