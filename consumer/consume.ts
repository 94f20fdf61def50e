import { loadSettings, pagesPort } from "../shared/cli/environment.ts";
import { kafkaClient } from "../shared/kafka/client.ts";
import { explainKafka, isKafkaError } from "../shared/kafka/broker_errors.ts";
import { retryWhileUnavailable } from "../shared/cli/retry.ts";
import { registerRunning } from "../shared/cli/running.ts";
import { ensureBucket, s3Announcement, s3Client } from "../shared/s3/client.ts";
import { explainS3 } from "../shared/s3/explain.ts";
import { serverClock } from "../shared/s3/server_clock.ts";
import { airflowTrigger } from "./airflow/trigger.ts";
import { probeConditionalWrites } from "./landing/conditional_writes.ts";
import { parseConsumerOptions } from "./options.ts";
import { traceRound } from "./landing/trace_round.ts";
import { runSessions } from "./run_sessions.ts";
import { MemoryBudget } from "./batching/memory_budget.ts";
import { Report } from "./landing/report.ts";
import { s3Store } from "./landing/s3_store.ts";
import type { Session, SessionParts } from "./group/session.ts";
import { GroupHealth } from "./group/group_health.ts";
import { followLogs } from "./group/follow_logs.ts";
import { Lag } from "./group/lag.ts";
import { consumerMetrics, observeConsumer } from "./status/consumer_metrics.ts";
import { serveStatus } from "./status/status.ts";
import type { Store } from "./landing/store.ts";

/** With batches larger, or older (in s), than this, first-time users would wait without a hint. */
const SMALL_BATCH = 20;
const SMALL_BATCH_S = 60;

/**
 * What the torture run wraps around the consumer's store and commits; the product wraps nothing.
 */
export interface Wrappers {
  readonly store?: (store: Store) => Store;
  readonly commit?: SessionParts["wrapCommit"];
}

/**
 * The consumer: lands the events of all topics until `stop` aborts, then lands the open batches and
 * leaves.
 *
 * @throws {UserError} when it cannot start, or must not continue
 */
export async function consume(
  args: readonly string[],
  stop: AbortSignal,
  wrappers: Wrappers = {},
): Promise<void> {
  const { batchSize, timeout, maxBuffer, allowUnsafeS3 } = parseConsumerOptions(args);
  const settings = loadSettings();
  const kafka = kafkaClient(settings, "consumer");
  const s3 = s3Client(settings);
  const server = serverClock(s3);
  console.log(s3Announcement(settings));
  const startedAt = new Date();
  await using airflow = airflowTrigger(settings, console.error);
  const { group } = settings;
  const metrics = consumerMetrics(settings);
  const report = new Report(
    settings.bucket,
    console.log,
    console.error,
    (key) => airflow?.landed(key),
    metrics,
    (round) => traceRound(round, group),
  );
  const lag = new Lag(group);
  const clock = { now: () => server.now(), monotonic: () => performance.now() };
  const groupHealth = new GroupHealth({ group, clock, say: report.say, warn: report.warn });
  const shown = {
    policy: { rows: batchSize, age: timeout * 1000 },
    memory: new MemoryBudget(maxBuffer * 1024 * 1024),
    report,
    groupHealth,
    clock,
  };
  let session: Session | undefined;
  const sources = {
    ...shown,
    group,
    bucket: settings.bucket,
    startedAt,
    session: () => session,
  };
  observeConsumer(metrics, sources);
  lag.observe(metrics);
  await using status = serveStatus(
    sources,
    pagesPort("STATUS_PORT", settings.statusPort),
  );
  await using _running = await registerRunning(settings.runtimeDir, {
    role: "consumer",
    statusPort: status.port,
  });
  const { onWaiting, onResumed } = report.waits;
  const abilities = await retryWhileUnavailable(
    async () => {
      await ensureBucket(s3, settings, stop);
      return await probeConditionalWrites(s3, settings, {
        allowUnsafe: allowUnsafeS3,
        warn: console.error,
        now: () => server.now(),
        signal: stop,
      });
    },
    report.waits,
    stop,
  );
  const store = s3Store(s3, { raw: settings.bucket, archive: settings.archiveBucket }, abilities);
  const parts = {
    ...shown,
    kafka,
    settings,
    store: wrappers.store?.(store) ?? store,
    lag,
    wrapCommit: wrappers.commit,
    lastNames: new Map(),
    seenIds: new Map(),
    onWaiting,
    onResumed,
    explain: (error: unknown) =>
      isKafkaError(error) ? explainKafka(error, settings) : explainS3(error, settings),
  };
  console.log(
    `Consuming as ${group}: a file for every ${batchSize} events or ${timeout} s; status at http://127.0.0.1:${status.port}/status`,
  );

  if (batchSize > SMALL_BATCH && timeout > SMALL_BATCH_S) {
    console.log(
      `The first file comes with ${batchSize} events of one system, or ${timeout} s after its first; sooner with --batch-size ${SMALL_BATCH}`,
    );
  }

  followLogs(parts, stop);
  await runSessions(parts, stop, (begun) => session = begun);
  const { rows, files, deadLetters } = report.totals;
  console.log(`Stopped: ${rows} events landed in ${files} files, ${deadLetters} dead letters`);
}
