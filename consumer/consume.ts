import process from "node:process";
import { backoff } from "../shared/backoff.ts";
import { loadSettings } from "../shared/environment.ts";
import { rootMessage, UserError } from "../shared/errors.ts";
import { kafkaClient } from "../shared/kafka.ts";
import { Option, parseOptions, positiveInteger, seconds } from "../shared/options.ts";
import { registerRunning } from "../shared/running.ts";
import { ensureBucket, explainS3, s3Announcement, s3Client } from "../shared/s3.ts";
import { airflowTrigger } from "./airflow_trigger.ts";
import { Buffer } from "./buffer.ts";
import { Report } from "./report.ts";
import { Session, type SessionParts } from "./session.ts";
import { serveStatus } from "./status.ts";
import { s3Store, type Store } from "./store.ts";

interface Options extends Record<string, unknown> {
  batchSize: number;
  timeout: number;
  maxBuffer: number;
}

const options = [
  new Option("--batch-size <n>", "events in a file").default(100).argParser(positiveInteger),
  new Option("--timeout <s>", "land a file after this many seconds even if it is not full")
    .default(300).argParser(seconds),
  new Option("--max-buffer <mib>", "memory for all batches, in MiB; past it, reading pauses")
    .default(64).argParser(positiveInteger),
];

/** How long Kafka may be away when the consumer starts, in ms; once it has run it waits for ever. */
const START_PATIENCE_MS = 30_000;

/** What the torture run puts around the consumer's doings; the product has nothing there. */
export interface Wrappers {
  readonly store?: (store: Store) => Store;
  readonly commit?: SessionParts["wrapCommit"];
}

/**
 * The consumer: lands the events of all topics until `stop` aborts, then what is open, and leaves.
 *
 * @throws {UserError} when it cannot start, or must not go on
 */
export async function consume(
  args: readonly string[],
  stop: AbortSignal,
  wrappers: Wrappers = {},
): Promise<void> {
  const { batchSize, timeout, maxBuffer } = parseOptions<Options>(
    "consume",
    "Land the events of all topics in S3 as CSV files, each exactly once.",
    options,
    args,
  );
  const settings = loadSettings();
  const s3 = s3Client(settings);
  console.log(s3Announcement(settings));
  await ensureBucket(s3, settings, stop);

  const store = s3Store(s3, settings.bucket);
  const startedAt = new Date();
  await using airflow = airflowTrigger(settings, console.error);
  const report = new Report(
    settings.bucket,
    console.log,
    console.error,
    (key) => airflow?.landed(key),
  );
  const parts = {
    kafka: kafkaClient(settings, "consumer"),
    settings,
    store: wrappers.store?.(store) ?? store,
    wrapCommit: wrappers.commit,
    policy: { rows: batchSize, age: timeout * 1000 },
    buffer: new Buffer(maxBuffer * 1024 * 1024),
    report,
    clock: { now: Date.now, monotonic: () => performance.now() },
    onWaiting: (what?: string) => report.waitFor(what),
    explain: (error: unknown) => explainS3(error, settings).message,
  };
  let session: Session | undefined;
  await using status = serveStatus(
    { ...parts, group: settings.group, bucket: settings.bucket, startedAt, session: () => session },
    { number: settings.statusPort, chosen: Boolean(process.env.STATUS_PORT) },
  );
  await using _running = await registerRunning(settings.runtimeDir, {
    role: "consumer",
    statusPort: status.port,
  });
  console.log(
    `Consuming as ${settings.group}: a file for every ${batchSize} events or ${timeout} s; status at http://127.0.0.1:${status.port}/status`,
  );

  let hasRun = false;
  for (let attempt = 1; !stop.aborted; attempt++) {
    session = new Session(parts);
    const begun = performance.now();
    try {
      await session.run(stop, hasRun ? Infinity : START_PATIENCE_MS);
    } catch (error) {
      if (stop.aborted) {
        report.warn(
          `Stopped before everything was landed (${rootMessage(error)}): it will be read again`,
        );
        break;
      }
      if (error instanceof UserError) throw error;
      hasRun = true;
      if (performance.now() - begun > 30_000) attempt = 1;
      report.waitFor(
        `the connection to Kafka broke (${rootMessage(error)}), joining the group again`,
      );
      await backoff(attempt, { signal: stop, base: 500 });
    }
  }
  const { rows, files, deadLetters } = report.totals;
  console.log(`Stopped: ${rows} events landed in ${files} files, ${deadLetters} dead letters`);
}
