import type pg from "pg";
import type { FileEntry } from "../../shared/s3/landed_files.ts";

/**
 * Locks files for this transaction, so that no other loader works on them meanwhile.
 *
 * @param wait for others that have locked them, instead of leaving theirs out
 * @returns those that are locked now
 */
export async function lockFiles(
  client: pg.Client,
  bucket: string,
  files: readonly FileEntry[],
  wait = false,
): Promise<FileEntry[]> {
  const lock = wait ? "pg_advisory_xact_lock" : "pg_try_advisory_xact_lock";
  const { rows } = await client.query({
    name: lock,
    text: `SELECT ${lock}(hashtextextended(name, 0)) AS held
      FROM unnest($1::text[]) WITH ORDINALITY AS file (name, n) ORDER BY n`,
    values: [files.map(({ key }) => `${bucket}/${key}`)],
  });
  return files.filter((_, index) => rows[index].held !== false);
}
