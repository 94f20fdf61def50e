import pLimit from "p-limit";
import type pg from "pg";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { sqlState } from "../../shared/postgres/sql_state.ts";
import { archive } from "./archive.ts";
import { addLoad, emptySum, type LoadCounts } from "./load_ledger.ts";
import { type LoaderParts, loadOne, loadSet } from "./load_one.ts";
import type { NewValue } from "./new_values.ts";
import { putTogether } from "./put_together.ts";
import { sortFiles } from "./bucket_listing.ts";

/** How many files are loaded at once, each over a connection of its own. */
const LOADERS = 4;
/** How many files are moved to the archive at once. */
const MOVERS = 8;

/** Made once: a pass formats two numbers for each file. */
const { format } = new Intl.NumberFormat("en-US");

/** The outcome of a pass. */
export interface PassSummary extends LoadCounts {
  readonly files: number;
  /** Files that were found unreadable now. */
  readonly unreadable: number;
  /** Files that were found unreadable before, and are unchanged. */
  readonly knownUnreadable: number;
  /** Objects in the bucket that are not files to load, as one line; undefined if there are none. */
  readonly passedOver: string | undefined;
  readonly newValues: readonly NewValue[];
  /** Files still waiting because the pass was stopped. */
  readonly left: number;
}

/**
 * Loads every file waiting in the raw bucket, and moves it to the archive when it is loaded. A file
 * that cannot be read stays, is entered into the ledger, and does not hold up others; nor does one
 * on which PostgreSQL fails for a reason that may be the file's: the error is thrown when the
 * others are loaded.
 *
 * @param stop ends the pass after the files that are being loaded and moved
 * @param onLoaded called with each loaded file, even if the pass fails in the end
 * @throws PostgreSQL's and the AWS SDK's errors, when what is under way has ended
 */
export async function pass(
  parts: LoaderParts,
  stop: AbortSignal,
  onLoaded: (counts: LoadCounts) => void = () => {},
): Promise<PassSummary> {
  const { settings, s3, dryRun = false, report: counted } = parts;
  const buckets = { raw: settings.bucket, archive: settings.archiveBucket };
  const moving = pLimit(MOVERS);
  const moves: Promise<void>[] = [];
  const move = (file: FileEntry) => {
    if (dryRun) return;
    const moved = moving(() => archive(s3, buckets, file));
    moved.catch(() => {/* It is awaited below. */});
    moves.push(moved);
  };
  const newValues: NewValue[] = [];
  const sum = { ...emptySum(), unreadable: 0 };
  await using client = await connectWarehouse(settings, "loader");
  const { waiting, loaded, unreadable, passedOver } = await sortFiles(
    client,
    s3,
    settings.bucket,
  );
  loaded.forEach(move);
  counted?.listed(waiting, unreadable.length);

  const sets = putTogether(waiting, dryRun ? waiting.length : LOADERS).reverse();
  let left = waiting.length;
  const tell = () =>
    parts.onProgress?.(
      `Loading: ${format(waiting.length - left)} of ${format(waiting.length)} files`,
    );
  tell();
  const failed = new AbortController();
  let stumbled: unknown;
  const alone = (client: pg.Client, file: FileEntry) =>
    loadOne(client, file, parts).catch((error) => {
      if (!isOfOneLoad(error)) throw error;
      stumbled ??= error;
      return "stumbled" as const;
    });
  const isOver = () => stop.aborted || failed.signal.aborted;
  const work = async (client: pg.Client) => {
    for (let set; !isOver() && (set = sets.pop());) {
      const begun = performance.now();
      const seconds = () => (performance.now() - begun) / 1000;
      const together = set.length > 1 ? await loadSet(client, set, parts) : undefined;
      for (const file of set) {
        const loaded = together?.get(file);
        if (!loaded && isOver()) return;
        note(file, loaded ?? await alone(client, file), seconds());
      }
    }
  };
  const note = (file: FileEntry, outcome: Awaited<ReturnType<typeof alone>>, seconds: number) => {
    left--;
    tell();
    if (outcome === "unreadable") {
      sum.unreadable++;
      counted?.unreadable(file);
    }
    if (outcome === "known") {
      counted?.known(file);
      move(file);
    }
    if (typeof outcome !== "object") return;
    counted?.loaded(file, outcome, seconds);
    onLoaded(outcome);
    addLoad(sum, outcome);
    newValues.push(...outcome.newValues);
    move(file);
  };
  const workers = Array.from({ length: Math.min(LOADERS, sets.length) }, async () => {
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
  if (stumbled) throw stumbled;
  counted?.passed();
  return {
    ...sum,
    knownUnreadable: unreadable.length,
    passedOver,
    newValues,
    left,
  };
}

/**
 * Whether PostgreSQL has rejected only this load: not for lack of a connection (class 08), of
 * resources (53), because it is being stopped (57) or its disk fails (58).
 */
function isOfOneLoad(error: unknown): boolean {
  const code = sqlState(error);
  return code !== undefined && !/^(08|53|57|58)/.test(code);
}
