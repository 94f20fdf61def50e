import type pg from "pg";
import type { FileEntry } from "../../shared/s3/landed_files.ts";
import { completeLoads, enterLoads } from "./load_ledger.ts";
import { lockFiles } from "./lock_files.ts";
import { type Loaded, merge } from "./merge.ts";
import { prepareSession, type SourceOptions, stage } from "./stage_file.ts";
import { loadIdSql } from "../sql/staging.ts";

/** The options of a load. */
export interface LoadOptions extends SourceOptions {
  /** Does everything and rolls it back. */
  readonly dryRun?: boolean;
  /** Waits for another loader that is working on the file, instead of leaving it to that one. */
  readonly wait?: boolean;
}

/** `busy`: another loader is working on it. `known`: it was loaded before. */
export type LoadOutcome = Loaded | "busy" | "known";

/**
 * Loads one file in one transaction: copies it into a temporary table, moves its rows to the facts,
 * the rejected rows and the dimensions, and enters it into the ledger. Whatever ends it before the
 * commit, nothing has happened; after it, the ledger knows the file by its key and ETag.
 *
 * @throws {UnreadableFile} when it cannot be read; {@linkcode FileChanged} when it is not what was
 *   listed any more; PostgreSQL's and the AWS SDK's errors
 */
export async function loadFile(
  client: pg.Client,
  file: FileEntry,
  options: LoadOptions,
): Promise<LoadOutcome> {
  const { bucket, dryRun = false, wait = false } = options;
  await prepareSession(client, file.type);
  await client.query("BEGIN");
  let committed = false;
  try {
    const [free] = await lockFiles(client, bucket, [file], wait);
    if (!free) return "busy";
    const loadId = (await enterLoads(client, bucket, [file])).get(file.key);
    if (loadId === undefined) return "known";
    await client.query(loadIdSql(loadId));
    const staged = await stage(client, file, options);
    const [counts] = await merge(client, file.type, [{ loadId, rows: staged.rows }]);
    await completeLoads(client, [{ loadId, counts: counts!, ...staged }]);
    if (!dryRun) {
      await client.query("COMMIT");
      committed = true;
    }
    return counts!;
  } finally {
    // A lost connection has rolled back by itself.
    if (!committed) await client.query("ROLLBACK").catch(() => {});
  }
}
