import type { S3Client } from "@aws-sdk/client-s3";
import { pause } from "../../shared/cli/backoff.ts";
import { loadSettings, pagesPort } from "../../shared/cli/environment.ts";
import { ServiceError, UserError } from "../../shared/cli/errors.ts";
import { keyOfText, keyText, readKey } from "../../shared/formats/object_key.ts";
import { type FileEntry, lookUpFile } from "../../shared/s3/landed_files.ts";
import { interrupted } from "../../shared/cli/interruption.ts";
import { progressLine } from "../../shared/cli/progress.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { retryForever, retryWhileUnavailable } from "../../shared/cli/retry.ts";
import { registerRunning } from "../../shared/cli/running.ts";
import { ensureBucket, s3Client, s3Elsewhere } from "../../shared/s3/client.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { serveLocal } from "../../shared/cli/serve_local.ts";
import { metricsResponse } from "../../shared/metrics/metrics_text.ts";
import { archive } from "./archive.ts";
import { explainLoad } from "./explain_load.ts";
import { addLoad, emptySum, isLoaded, type LoadCounts } from "./load_ledger.ts";
import { type EtlOptions, parseEtlOptions } from "./options.ts";
import { LoaderReport } from "./loader_report.ts";
import { type LoaderParts, loadOne } from "./load_one.ts";
import { type NewValue, NewValues } from "./new_values.ts";
import { pass, type PassSummary } from "./pass.ts";
import { listRaw, sortFiles } from "./bucket_listing.ts";
import { migrate, requireSchema, schemaVersion } from "../sql/schema.ts";
import { checkSla } from "./sla.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";

/** A single hiccup of S3 must not end a pass. */
const S3_TRIES = 3;
const AGAIN = "run it again: nothing is loaded twice";

/**
 * The loader: loads landed files into the warehouse until it is done or, watching, until `stop`
 * aborts.
 *
 * @returns 0, or 1 when a file could not be read, or waits for longer than it may
 * @throws {UserError} when it cannot work
 */
export async function etl(args: readonly string[], stop: AbortSignal): Promise<number> {
  const options = parseEtlOptions(args);
  const settings = loadSettings();
  const s3 = s3Client(settings, { maxAttempts: S3_TRIES });
  const { log, error: warn } = console;
  // A watching loader is never done.
  using progress = options.watch ? undefined : progressLine();
  const above = (print: (line: string) => void) => (line: string) =>
    progress ? progress.above(() => print(line)) : print(line);
  const parts = {
    ...{ settings, s3, dryRun: options.dryRun, log: above(log), warn: above(warn) },
    onProgress: progress?.show,
  };
  const elsewhere = s3Elsewhere(settings);
  if (elsewhere) warn(elsewhere);
  try {
    if (options.watch !== undefined) return await watch(parts, options, stop);
    await orAborted(ready(parts, options, stop), stop);
    if (options.list) return await orAborted(list(parts), stop);
    if (options.sla !== undefined) return await orAborted(checkSla(parts, options.sla), stop);
    if (options.key !== undefined) return await loadKey(parts, options.key, stop);
    await using _running = await registerRunning(settings.runtimeDir, { role: "loader" });
    return report(await pass(parts, stop), parts, stop);
  } catch (error) {
    if (error !== stop.reason) throw explainLoad(error, settings);
    if (options.watch) throw error;
    const isLook = options.list || options.sla !== undefined || options.dryRun;
    throw interrupted(stop, `nothing was ${isLook ? "found out" : "loaded"}`, AGAIN);
  } finally {
    s3.destroy();
  }
}

/** Makes sure that buckets and schema exist; read-only commands change neither. */
async function ready(
  { settings, s3, log }: LoaderParts,
  { list, sla, dryRun }: EtlOptions,
  stop: AbortSignal,
): Promise<void> {
  await ensureBucket(s3, settings, stop);
  if (list || sla !== undefined) return;
  if (!dryRun) await ensureBucket(s3, settings, stop, "ARCHIVE_BUCKET");
  await using client = await connectWarehouse(settings, "loader");
  if (dryRun) await requireSchema(client);
  else await migrate(client, log);
}

async function list({ settings, s3, log, warn }: LoaderParts): Promise<number> {
  await using client = await connectWarehouse(settings, "loader");
  // Without a schema nothing is loaded yet: the first load creates it.
  const isNew = await schemaVersion(client) === 0;
  const { waiting, passedOver } = isNew
    ? await listRaw(s3, settings.bucket).then(({ files, ...rest }) => ({ waiting: files, ...rest }))
    : await sortFiles(client, s3, settings.bucket);
  for (const { key } of waiting) log(keyText(key));
  if (passedOver) warn(passedOver);
  return 0;
}

/**
 * Loads what lands until it is stopped. While S3 or PostgreSQL is away it waits, from its first
 * moment on; what they refuse ends it at once, unless it has worked before: then that may come
 * back, too.
 */
async function watch(parts: LoaderParts, options: EtlOptions, stop: AbortSignal): Promise<number> {
  const { settings, log, warn } = parts;
  const everyMs = options.watch! * 1_000;
  const counted = new LoaderReport(warn);
  const { waits } = counted;
  await using metrics = serveMetrics(counted, parts);
  await using _running = await registerRunning(settings.runtimeDir, {
    role: "loader",
    statusPort: metrics?.port,
  });
  const explain = (error: unknown) => explainLoad(error, settings);
  const makeReady = () =>
    orAborted(ready(parts, options, stop), stop).catch((error) => {
      throw stop.aborted ? stop.reason : explain(error);
    });
  await retryWhileUnavailable(makeReady, waits, stop);
  const at = metrics ? `; metrics at http://127.0.0.1:${metrics.port}/metrics` : "";
  log(`Watching s3://${settings.bucket}: loading files as they land${at}`);
  let hasRun = false;
  let passedOver: string | undefined;
  const sum = emptySum();
  const newValues = new NewValues();
  while (!stop.aborted) {
    const begun = performance.now();
    try {
      const done = await pass(
        { ...parts, report: counted },
        stop,
        (counts) => addLoad(sum, counts),
      );
      if (done.passedOver && done.passedOver !== passedOver) warn(done.passedOver);
      passedOver = done.passedOver;
      newValues.add(done.newValues);
      newValues.tell().forEach((line) => log(line));
      hasRun = true;
      const passed = performance.now() - begun;
      await pause(Math.max(0, everyMs - passed), stop).catch(() => {/* It is to stop. */});
    } catch (error) {
      const why = explain(error);
      if (!(why instanceof ServiceError && (hasRun || why.canRetry))) throw why;
      waits.onWaiting(why);
      await untilReady(why);
    }
  }
  log(`Stopped: ${sumText(sum)}; what landed since is left to the next loader`);
  return 0;

  /** Between two passes nothing is in progress, so a signal ends the wait at once. */
  async function untilReady(why: ServiceError): Promise<void> {
    try {
      await pause(everyMs, stop);
      await retryForever(makeReady, { ...waits, explain: asServiceError }, stop);
      waits.onResumed(why.service);
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }
}

/** Serves a loader's metrics; where it may not listen, it loads all the same. */
function serveMetrics({ metrics }: LoaderReport, { settings, warn }: LoaderParts) {
  const pages = { "/metrics": () => metricsResponse(metrics) };
  try {
    return serveLocal(
      "loader",
      pages,
      pagesPort("LOADER_STATUS_PORT", settings.loaderStatusPort),
    );
  } catch (error) {
    if (!(error instanceof UserError && error.cause instanceof Deno.errors.NotCapable)) throw error;
    warn("Metrics are not served: this loader may not listen on 127.0.0.1");
  }
}

/** @throws the error, if it is a fault of this program */
function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  throw error;
}

async function loadKey(parts: LoaderParts, name: string, stop: AbortSignal): Promise<number> {
  const key = keyOfText(name);
  const { settings, s3, dryRun, log } = parts;
  const { bucket, archiveBucket } = settings;
  await using client = await connectWarehouse(settings, "loader");
  const file = await lookUp(s3, bucket, key);
  if (!file) {
    if (!await isLoaded(client, bucket, key)) throw missing(settings, key);
    log(`Loaded before: s3://${bucket}/${keyText(key)}`);
    return 0;
  }
  stop.throwIfAborted();
  const outcome = await loadOne(client, file, parts, { wait: true });
  if (outcome === "unreadable") return 1;
  if (outcome === "changed") return await loadKey(parts, name, stop);
  if (outcome === "known") log(`Loaded before: s3://${bucket}/${keyText(key)}`);
  if (typeof outcome === "object") tell(outcome.newValues, parts);
  if (!dryRun) await archive(s3, { raw: bucket, archive: archiveBucket }, file);
  return 0;
}

async function lookUp(s3: S3Client, Bucket: string, key: string): Promise<FileEntry | undefined> {
  const named = readKey(key);
  if ("reason" in named) {
    throw new UserError(
      `"${keyText(key)}" is not the name of a file to load: it is one ${named.reason}`,
      "name one such as sales/sales_20260226_102345.csv, without the bucket",
      { exitCode: 2 },
    );
  }
  return await lookUpFile(s3, Bucket, { key, type: named.type });
}

function missing({ bucket }: Settings, key: string): UserError {
  return new UserError(
    `Cannot load s3://${bucket}/${
      keyText(key)
    }: there is no such file, and none of that name was loaded`,
    `list the waiting files with: ${taskCommand("etl --list")}`,
  );
}

/** Such as "6 files, 30 rows = 30 facts + 0 rejected + 0 repeats". */
function sumText(
  { files, rows, facts, rejected, repeats }: LoadCounts & { readonly files: number },
): string {
  return `${files} files, ${rows} rows = ${facts} facts + ${rejected} rejected + ${repeats} repeats`;
}

function tell(values: readonly NewValue[], { log }: LoaderParts): void {
  const newValues = new NewValues();
  newValues.add(values);
  newValues.tell().forEach((line) => log(line));
}

function report(summary: PassSummary, parts: LoaderParts, stop: AbortSignal): number {
  const { dryRun, log, warn, settings } = parts;
  const { unreadable, knownUnreadable, left, passedOver } = summary;
  const done = dryRun ? "Dry run, nothing was changed:" : left > 0 ? "Until now:" : "Done:";
  log(`${done} ${sumText(summary)}`);
  tell(summary.newValues, parts);
  if (knownUnreadable > 0) {
    warn(
      `Still unreadable, unchanged in s3://${settings.bucket}: ${knownUnreadable} files (see warehouse.load_ledger; --key tries one again)`,
    );
  }
  if (passedOver) warn(passedOver);
  if (left > 0) throw interrupted(stop, `${left} files wait to be loaded`, AGAIN);
  return unreadable > 0 ? 1 : 0;
}
