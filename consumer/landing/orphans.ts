import { types } from "../../shared/catalogue/events.ts";
import { groupTag, keyOf } from "../../shared/formats/file_name.ts";
import { decodeRecord } from "../../shared/formats/plan.ts";
import type { Store, Upload } from "./store.ts";

/**
 * Younger uploads may still be planned: a lane makes an upload again that is older than half a day
 * before it plans it (lane.ts).
 */
const ORPHAN_AGE_MS = 7 * 24 * 3600 * 1000;

/**
 * Aborts the uploads that crashes have left behind: older than seven days by the server's clock, with a
 * name of this group, and in no partition's plan. Plans are read after the uploads were listed. A planned
 * upload is never aborted.
 *
 * @param look gives the commit metadata of every partition of the group, whoever owns it
 * @param now by the S3 server's clock, in ms since the epoch
 * @returns how many were aborted
 */
export async function abortOrphans(
  store: Store,
  group: string,
  look: () => Promise<readonly { readonly metadata: string | null }[]>,
  now: () => number,
  signal: AbortSignal,
): Promise<number> {
  const tag = groupTag(group);
  const isOurs = ({ key }: Upload) => tagOf(key) === tag;
  const old: Upload[] = [];
  for (const type of types) {
    const prefix = keyOf(type, "").slice(0, -".csv".length);
    for await (const upload of store.pending(prefix, signal)) {
      if (isOurs(upload) && now() - upload.startedAt.getTime() >= ORPHAN_AGE_MS) old.push(upload);
    }
  }
  if (old.length === 0) return 0;
  const planned = new Set(
    (await look()).flatMap(({ metadata }) => decodeRecord(metadata)?.files ?? [])
      .map((file) => file.uploadId),
  );
  const orphans = old.filter(({ uploadId }) => !planned.has(uploadId));
  for (const upload of orphans) await store.abort(upload, signal);
  return orphans.length;
}

function tagOf(key: string): string | undefined {
  return /_g([0-9a-f]{6})\.csv$/.exec(key)?.[1];
}
