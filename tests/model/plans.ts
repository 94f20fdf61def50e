import { decodeRecord } from "../../shared/formats/plan.ts";
import type { Coordinator } from "./coordinator.ts";

const known = new Map<string | null, readonly string[]>();

/** Ids of the uploads that a group's committed plans name. */
export function plannedUploads({ committed }: Coordinator): Set<string> {
  const ids = new Set<string>();
  for (const { metadata } of committed.values()) {
    for (const id of plannedIn(metadata)) ids.add(id);
  }
  return ids;
}

function plannedIn(metadata: string | null): readonly string[] {
  let ids = known.get(metadata);
  if (!ids) {
    ids = decodeRecord(metadata)?.files.map(({ uploadId }) => uploadId) ?? [];
    if (known.size > 10_000) known.clear();
    known.set(metadata, ids);
  }
  return ids;
}
