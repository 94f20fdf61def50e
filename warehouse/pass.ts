import type { S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import type pg from "pg";
import { rootMessage } from "../shared/errors.ts";
import { type FileEntry, listFiles } from "../shared/landed_files.ts";
import { connectWarehouse, sqlState } from "../shared/postgres.ts";
import type { Settings } from "../shared/settings.ts";
import { archive } from "./archive.ts";
import { loadFile, type LoadOptions, type LoadOutcome } from "./load_file.ts";
import { enterFailure, knownFiles, type LoadCounts } from "./load_ledger.ts";
import { FileChanged, typeOfKey, UnreadableFile } from "./raw_file.ts";

/** How many files are loaded at once, each over a connection of its own. */
const LOADERS = 4;
/** How many files are moved to the archive at once. */
const MOVERS = 8;
/** PostgreSQL may end one of two transactions that wait for each other; then it is begun again. */
const TRIES = 3;

/** What a pass has done. */
export interface PassSummary extends LoadCounts {
  readonly files: number;
  /** Files that were found unreadable now. */
  readonly unreadable: number;
  /** Files that were found unreadable before, and are unchanged. */
  readonly knownUnreadable: number;
}

/** What a pass works with. */
export interface PassParts {
  readonly settings: Settings;
  readonly s3: S3Client;
  readonly dryRun?: boolean;
  readonly log: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** The files of the raw bucket that have the name of one to load, the oldest first. */
export async function listRawFiles(s3: S3Client, bucket: string): Promise<FileEntry[]> {
  const files = (await listFiles(s3, bucket)).filter(({ key, type }) => typeOfKey(key) === type);
  return files.sort((a, b) => a.landedAt.getTime() - b.landedAt.getTime());
}

/** What the ledger says of the files of the raw bucket. */
export interface Sorted {
  /** Not loaded yet. */
  readonly waiting: readonly FileEntry[];
  /** Loaded, but not moved: a loader has ended in between. */
  readonly loaded: readonly FileEntry[];
  /** Cannot be read. */
  readonly unreadable: readonly FileEntry[];
}

/** Lists the raw bucket and sorts its files by what the ledger says of them. */
export async function sortFiles(
  client: pg.Client,
  s3: S3Client,
  bucket: string,
): Promise<Sorted> {
  const files = await listRawFiles(s3, bucket);
  const known = await knownFiles(client, bucket, files);
  const having = (status?: string) => files.filter(({ key }) => known.get(key) === status);
  return { waiting: having(), loaded: having("loaded"), unreadable: having("failed") };
}

/**
 * Loads every file that waits in the raw bucket, and moves it to the archive when it is loaded. A file
 * that cannot be read stays, is entered into the ledger, and holds up no other.
 *
 * @param stop ends the pass after the files that are being loaded
 * @throws PostgreSQL's and the AWS SDK's errors, when what is under way has ended
 */
export async function pass(parts: PassParts, stop: AbortSignal): Promise<PassSummary> {
  const { settings, s3, dryRun = false } = parts;
  const buckets = { raw: settings.bucket, archive: settings.archiveBucket };
  const moving = pLimit(MOVERS);
  const moves: Promise<void>[] = [];
  const move = (file: FileEntry) => {
    if (dryRun) return;
    const moved = moving(() => archive(s3, buckets, file));
    moved.catch(() => {/* It is awaited below. */});
    moves.push(moved);
  };
  const sum = { files: 0, rows: 0, facts: 0, rejected: 0, repeats: 0, unreadable: 0 };
  await using client = await connectWarehouse(settings, "loader");
  const { waiting, loaded, unreadable } = await sortFiles(client, s3, settings.bucket);
  loaded.forEach(move);

  const queue = [...waiting].reverse();
  const failed = new AbortController();
  const work = async (client: pg.Client) => {
    while (!stop.aborted && !failed.signal.aborted) {
      const file = queue.pop();
      if (!file) return;
      const outcome = await loadOne(client, file, parts);
      if (outcome === "unreadable") sum.unreadable++;
      if (outcome === "known") move(file);
      if (typeof outcome !== "object") continue;
      sum.files++;
      for (const key of ["rows", "facts", "rejected", "repeats"] as const) sum[key] += outcome[key];
      move(file);
    }
  };
  const workers = Array.from({ length: Math.min(LOADERS, queue.length) }, async () => {
    await using client = await connectWarehouse(settings, "loader");
    await work(client);
  }).map((worker) =>
    worker.catch((error) => {
      failed.abort(error);
    })
  );
  await Promise.all(workers);
  const moved = await Promise.allSettled(moves);
  failed.signal.throwIfAborted();
  for (const one of moved) if (one.status === "rejected") throw one.reason;
  return { ...sum, knownUnreadable: unreadable.length };
}

/**
 * Loads one file and says so. What is wrong with the file is told and entered into the ledger; what is
 * wrong with the world is thrown.
 */
export async function loadOne(
  client: pg.Client,
  file: FileEntry,
  parts: PassParts,
  options: Pick<LoadOptions, "wait"> = {},
): Promise<LoadOutcome | "unreadable" | "changed"> {
  const { settings: { bucket }, s3, dryRun, log, warn } = parts;
  const where = `s3://${bucket}/${file.key}`;
  try {
    const outcome = await again(() => loadFile(client, file, { s3, bucket, dryRun, ...options }));
    if (typeof outcome === "object") log(loadedLine(outcome, file, where, dryRun));
    return outcome;
  } catch (error) {
    if (error instanceof FileChanged) return "changed";
    // A constraint that no rule foresaw is the file's fault as well: it must not stop the others.
    if (!(error instanceof UnreadableFile) && !sqlState(error)?.startsWith("23")) throw error;
    const reason = rootReason(error);
    warn(`✗ Cannot load ${where}: ${reason}`);
    if (!dryRun) await enterFailure(client, bucket, file, reason);
    return "unreadable";
  }
}

async function again(load: () => Promise<LoadOutcome>): Promise<LoadOutcome> {
  for (let attempt = 1;; attempt++) {
    try {
      return await load();
    } catch (error) {
      if (attempt === TRIES || !["40P01", "40001"].includes(sqlState(error) ?? "")) throw error;
    }
  }
}

function loadedLine(
  { rows, facts, rejected, repeats }: LoadCounts,
  { type }: FileEntry,
  where: string,
  dryRun = false,
): string {
  const parts = [`${facts} facts`];
  if (rejected > 0) parts.push(`${rejected} rejected`);
  if (repeats > 0) parts.push(`${repeats} repeats`);
  return `${dryRun ? "○ Would load" : "✓ Loaded"} ${rows} ${type} rows ← ${where}: ${
    parts.join(", ")
  }`;
}

function rootReason(error: unknown): string {
  return error instanceof UnreadableFile ? error.message : rootMessage(error);
}
