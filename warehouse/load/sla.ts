import { UserError } from "../../shared/cli/errors.ts";
import { keyText } from "../../shared/formats/object_key.ts";
import { isStreamed } from "../../shared/formats/streamed.ts";
import type { LoaderParts } from "./load_one.ts";
import { listRaw } from "./bucket_listing.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";

/**
 * Checks that no streamed file has been waiting in the raw bucket for longer than allowed; one that
 * cannot be read counts as waiting. Exports are uploaded by people, who know that they wait.
 *
 * @param limit in s
 * @returns 0
 * @throws {UserError} when one has
 */
export async function checkSla(
  { s3, settings, log, warn }: LoaderParts,
  limit: number,
): Promise<number> {
  const { files: all, passedOver } = await listRaw(s3, settings.bucket);
  if (passedOver) warn(passedOver);
  const files = all.filter(({ key }) => isStreamed(key));
  const exports = all.length - files.length;
  const ages = files.map(({ landedAt }) => (Date.now() - landedAt.getTime()) / 1000);
  const late = ages.filter((age) => age > limit).length;
  if (late === 0) {
    log(
      `No streamed file has been waiting longer than ${limit} s; waiting files: ${files.length}${
        exports > 0 ? ` and ${exports} without a stamp in their names` : ""
      }`,
    );
    return 0;
  }
  throw new UserError(
    `Streamed files waiting longer than ${limit} s: ${late}; the oldest, ${
      keyText(files[0]!.key)
    }, for ${Math.round(ages[0]!)} s`,
    `see what is wrong with them: ${taskCommand("etl")}, or warehouse.load_ledger`,
  );
}
