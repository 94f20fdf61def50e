import { retry } from "../../shared/cli/retry.ts";
import type { S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import { keyText } from "../../shared/formats/object_key.ts";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { sqlState } from "../../shared/postgres/sql_state.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { loadFile, type LoadOptions, type LoadOutcome } from "./load_file.ts";
import { enterFailure, type LoadCounts } from "./load_ledger.ts";
import { loadTogether } from "./load_together.ts";
import type { LoaderReport } from "./loader_report.ts";
import { FileChanged } from "../source/raw_file.ts";
import { faultOf } from "../source/unreadable_file.ts";

/** The connections and settings of a loader. */
export interface LoaderParts {
  readonly settings: Settings;
  readonly s3: S3Client;
  readonly dryRun?: boolean;
  readonly log: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Told how far a pass is. */
  readonly onProgress?: (text: string) => void;
  /** Told of what is loaded, where somebody wants to know. */
  readonly report?: LoaderReport;
}

/** PostgreSQL may abort one of two deadlocked transactions; then that is retried. */
const TRIES = 5;

/**
 * Deadlock, serialisation failure, and a foreign key: what facts refer to is looked up by the
 * loader, so only another one that has merged a member into its like meanwhile makes it wrong.
 */
const RETRYABLE = ["40P01", "40001", "23503"];

/**
 * Loads one file and reports it. What is wrong with the file is reported and entered into the
 * ledger; what is wrong elsewhere is thrown.
 */
export async function loadOne(
  client: pg.Client,
  file: FileEntry,
  parts: LoaderParts,
  options: Pick<LoadOptions, "wait"> = {},
): Promise<LoadOutcome | "unreadable" | "changed"> {
  const { settings: { bucket, sourceTimeZone: zone }, s3, dryRun, log, warn } = parts;
  const where = `s3://${bucket}/${keyText(file.key)}`;
  try {
    const outcome = await again(() =>
      loadFile(client, file, { s3, bucket, zone, dryRun, ...options })
    );
    if (typeof outcome === "object") log(loadedLine(outcome, file, bucket, dryRun));
    return outcome;
  } catch (error) {
    if (error instanceof FileChanged) return "changed";
    const reason = faultOf(error)?.message;
    if (reason === undefined) throw error;
    warn(`✗ Cannot load ${where}: ${reason}`);
    if (!dryRun) await enterFailure(client, bucket, file, reason);
    return "unreadable";
  }
}

/**
 * Loads small files in one transaction and reports them.
 *
 * @returns the outcome of each file that was loaded so, or found to be loaded or worked on
 */
export async function loadSet(
  client: pg.Client,
  files: readonly FileEntry[],
  { settings: { bucket }, s3, log }: LoaderParts,
): Promise<Map<FileEntry, LoadOutcome>> {
  const outcomes = await loadTogether(client, files, { s3, bucket });
  for (const [file, outcome] of outcomes) {
    if (typeof outcome === "object") log(loadedLine(outcome, file, bucket));
  }
  return outcomes;
}

async function again(load: () => Promise<LoadOutcome>): Promise<LoadOutcome> {
  return await retry(load, {
    maxAttempts: TRIES,
    isRetriable: (error) => RETRYABLE.includes(sqlState(error) ?? ""),
    wait: () => Promise.resolve(),
  });
}

function loadedLine(
  { rows, facts, rejected, repeats }: LoadCounts,
  { key, type }: FileEntry,
  bucket: string,
  dryRun = false,
): string {
  const parts = [`${facts} facts`];
  if (rejected > 0) parts.push(`${rejected} rejected`);
  if (repeats > 0) parts.push(`${repeats} repeats`);
  return `${dryRun ? "○ Would load" : "✓ Loaded"} ${rows} ${type} rows ← s3://${bucket}/${
    keyText(key)
  }: ${parts.join(", ")}`;
}
