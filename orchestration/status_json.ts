import { UserError } from "../shared/cli/errors.ts";
import type { PipelineStatus } from "./pipeline_status.ts";

/**
 * The state of everything as one line of JSON. What cannot be told is an object with `error`, the
 * reason, and perhaps `hint`.
 *
 * @param names what the topics' lag is of, and where the files are
 */
export function statusJson(
  status: PipelineStatus,
  names: { readonly group: string; readonly bucket: string; readonly archiveBucket: string },
  now = new Date(),
): string {
  const { group, bucket, archiveBucket } = names;
  return JSON.stringify(
    { at: now.toISOString(), group, bucket, archiveBucket, ...status },
    (_, value) => value instanceof UserError ? { error: value.message, hint: value.hint } : value,
  );
}
