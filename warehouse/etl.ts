import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { pause } from "../shared/backoff.ts";
import { loadSettings } from "../shared/environment.ts";
import { UserError } from "../shared/errors.ts";
import { typeOfKey } from "../shared/formats/file_name.ts";
import type { FileEntry } from "../shared/landed_files.ts";
import { connectWarehouse } from "../shared/postgres.ts";
import { registerRunning } from "../shared/running.ts";
import { ensureBucket, s3Client, s3Elsewhere, statusOf } from "../shared/s3.ts";
import type { Settings } from "../shared/settings.ts";
import { archive } from "./archive.ts";
import { explainLoad } from "./explain.ts";
import { isLoaded } from "./load_ledger.ts";
import { type EtlOptions, parseEtlOptions } from "./options.ts";
import { type LoaderParts, loadOne } from "./load_one.ts";
import { type NewValue, NewValues } from "./new_values.ts";
import { pass, type PassSummary } from "./pass.ts";
import { listRawFiles, sortFiles } from "./raw_files.ts";
import { migrate, requireSchema, schemaVersion } from "./schema.ts";
import { checkSla } from "./sla.ts";
import { taskCommand } from "../shared/task_command.ts";

/** How often the bucket is looked into, in ms. */
const WATCH_MS = 5_000;
/** An S3 that stumbles once must not end a pass. */
const S3_TRIES = 3;

/**
 * The loader: takes landed files to the warehouse until it is done, or, watching, until `stop` aborts.
 *
 * @returns 0, or 1 when a file could not be read, or waits for longer than it may
 * @throws {UserError} when it cannot work
 */
export async function etl(args: readonly string[], stop: AbortSignal): Promise<number> {
  const options = parseEtlOptions(args);
  const settings = loadSettings();
  const s3 = s3Client(settings, { maxAttempts: S3_TRIES });
  const { log, error: warn } = console;
  const parts = { settings, s3, dryRun: options.dryRun, log, warn };
  const elsewhere = s3Elsewhere(settings);
  if (elsewhere) warn(elsewhere);
  try {
    await ready(parts, options, stop);
    if (options.list) return await list(parts);
    if (options.sla !== undefined) return await checkSla(parts, options.sla);
    if (options.key !== undefined) return await loadKey(parts, options.key);
    await using _running = await registerRunning(settings.runtimeDir, { role: "loader" });
    return options.watch ? await watch(parts, stop) : report(await pass(parts, stop), parts);
  } catch (error) {
    throw explainLoad(error, settings);
  } finally {
    s3.destroy();
  }
}

/** Makes sure of buckets and schema: those who only look change neither. */
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

async function list({ settings, s3, log }: LoaderParts): Promise<number> {
  await using client = await connectWarehouse(settings, "loader");
  // Without a schema nothing is loaded yet: the first load makes it.
  const isNew = await schemaVersion(client) === 0;
  const waiting = isNew
    ? await listRawFiles(s3, settings.bucket)
    : (await sortFiles(client, s3, settings.bucket)).waiting;
  for (const { key } of waiting) log(key);
  return 0;
}

async function watch(parts: LoaderParts, stop: AbortSignal): Promise<number> {
  const { settings, log, warn } = parts;
  log(`Watching s3://${settings.bucket}: files are loaded as they land`);
  let waiting: string | undefined;
  let hasRun = false;
  const newValues = new NewValues();
  while (!stop.aborted) {
    try {
      newValues.add((await pass(parts, stop)).newValues);
      newValues.tell().forEach((line) => log(line));
      if (waiting) warn("… and on it goes");
      waiting = undefined;
      hasRun = true;
    } catch (error) {
      const why = explainLoad(error, settings);
      if (!hasRun || !(why instanceof UserError)) throw why;
      if (!waiting) warn(`Waiting: ${why.message}`);
      waiting = why.message;
    }
    await pause(WATCH_MS, stop).catch(() => {/* It is to stop. */});
  }
  log("Stopped: what has landed since is loaded by the next loader");
  return 0;
}

async function loadKey(parts: LoaderParts, key: string): Promise<number> {
  const { settings, s3, dryRun, log } = parts;
  const { bucket, archiveBucket } = settings;
  await using client = await connectWarehouse(settings, "loader");
  const file = await lookUp(s3, bucket, key);
  if (!file) {
    if (!await isLoaded(client, bucket, key)) throw missing(settings, key);
    log(`Loaded before: s3://${bucket}/${key}`);
    return 0;
  }
  const outcome = await loadOne(client, file, parts, { wait: true });
  if (outcome === "unreadable") return 1;
  if (outcome === "changed") return await loadKey(parts, key);
  if (outcome === "known") log(`Loaded before: s3://${bucket}/${key}`);
  if (typeof outcome === "object") tell(outcome.newValues, parts);
  if (!dryRun) await archive(s3, { raw: bucket, archive: archiveBucket }, file);
  return 0;
}

async function lookUp(s3: S3Client, Bucket: string, key: string): Promise<FileEntry | undefined> {
  const type = typeOfKey(key);
  if (!type) {
    throw new UserError(
      `"${key}" is not the name of a file to load`,
      "name one such as sales/sales_20260226_102345.csv, without the bucket",
      { exitCode: 2 },
    );
  }
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: key }));
    const { ETag, ContentLength, LastModified } = head;
    return { key, type, etag: ETag!, bytes: ContentLength!, landedAt: LastModified! };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function missing({ bucket }: Settings, key: string): UserError {
  return new UserError(
    `Cannot load s3://${bucket}/${key}: there is no such file, and none of that name was loaded`,
    `see the files that wait with: ${taskCommand("etl --list")}`,
  );
}

function tell(values: readonly NewValue[], { log }: LoaderParts): void {
  const newValues = new NewValues();
  newValues.add(values);
  newValues.tell().forEach((line) => log(line));
}

function report(summary: PassSummary, parts: LoaderParts): number {
  const { dryRun, log, warn, settings } = parts;
  const { files, rows, facts, rejected, repeats, unreadable, knownUnreadable } = summary;
  const done = dryRun ? "Nothing was changed; it would be" : "Done:";
  log(
    `${done} ${files} files, ${rows} rows = ${facts} facts + ${rejected} rejected + ${repeats} repeats`,
  );
  tell(summary.newValues, parts);
  if (knownUnreadable > 0) {
    warn(
      `Found unreadable before, and unchanged in s3://${settings.bucket}: ${knownUnreadable} files (see warehouse.load_ledger; --key tries one again)`,
    );
  }
  return unreadable > 0 ? 1 : 0;
}
