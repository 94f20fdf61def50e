import { types } from "../shared/events.ts";
import { keyOf } from "./names.ts";
import { decodeRecord } from "./plan.ts";
import type { Store } from "./store.ts";

/** Younger uploads may be in the hands of a consumer that is alive. */
const ORPHAN_AGE_MS = 7 * 24 * 3600 * 1000;

/**
 * Aborts the uploads that crashes have left behind: older than seven days, under our prefixes, and
 * named by no partition's plan. A planned upload is never aborted.
 *
 * @param plans the commit metadata of every partition of the group, whoever owns it
 * @param now ms since the epoch
 * @returns how many were aborted
 */
export async function abortOrphans(
  store: Store,
  plans: readonly (string | null)[],
  now: number,
  signal: AbortSignal,
): Promise<number> {
  const planned = new Set(
    plans.flatMap((metadata) => decodeRecord(metadata)?.files ?? []).map((file) => file.uploadId),
  );
  let aborted = 0;
  for (const type of types) {
    const prefix = keyOf(type, "").slice(0, -".csv".length);
    for await (const upload of store.pending(prefix, signal)) {
      if (now - upload.startedAt.getTime() < ORPHAN_AGE_MS || planned.has(upload.uploadId)) {
        continue;
      }
      await store.abort(upload, signal);
      aborted++;
    }
  }
  return aborted;
}
