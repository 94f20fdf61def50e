import { UserError } from "../shared/errors.ts";
import { keyText } from "../shared/file_names.ts";
import { passedOverText } from "../shared/passed_over.ts";
import type { LoaderParts } from "./load_one.ts";
import { listRaw } from "./raw_files.ts";

/**
 * Checks that no file has been waiting in the raw bucket for longer than it may; one that cannot be
 * read waits, too.
 *
 * @param limit in s
 * @returns 0
 * @throws {UserError} when one has
 */
export async function checkSla(
  { s3, settings, log, warn }: LoaderParts,
  limit: number,
): Promise<number> {
  const { files, passedOver } = await listRaw(s3, settings.bucket);
  const others = passedOverText(passedOver, settings.bucket);
  if (others) warn(others);
  const ages = files.map(({ landedAt }) => (Date.now() - landedAt.getTime()) / 1000);
  const late = ages.filter((age) => age > limit).length;
  if (late === 0) {
    log(`No file has been waiting for longer than ${limit} s; files that wait: ${files.length}`);
    return 0;
  }
  throw new UserError(
    `Files that have been waiting for longer than ${limit} s: ${late}; the oldest, ${
      keyText(files[0]!.key)
    }, for ${Math.round(ages[0]!)} s`,
    "see what is wrong with them: deno task etl, or warehouse.load_ledger",
  );
}
