import { isForgotten } from "./free_ids.ts";
import type { Move } from "./moves.ts";
import type { World } from "./world.ts";

const HOUR_MS = 3600_000;
/** Lifecycle rules count days. */
const LIFECYCLE_MS = 24 * HOUR_MS;

/** What downstream programs do with files when they get around to it. */
export function storeMoves(world: World): Move[] {
  const { downstream } = world.scenario;
  if (downstream !== "takes later" && downstream !== "archives later") return [];
  return takes(world, downstream === "archives later");
}

/** The faults of the bucket and its clock. */
export function storeFaults(world: World): Move[] {
  const { bucket } = world;
  const moves: Move[] = [
    ...takes(world, false).map((move): Move => ({ ...move, fault: "file moved away" })),
    ...takes(world, true).map((move): Move => ({ ...move, fault: "file archived" })),
  ];
  for (const { key, provenance } of bucket.raw.values()) {
    if (provenance) continue;
    moves.push({
      label: `the other writer deletes ${key}`,
      fault: "foreign file deleted",
      apply: () => bucket.removeForeign(key),
    });
  }
  const passes = (hours: number) => () => void (bucket.now += hours * HOUR_MS);
  // No request, and no member of a group, stays pending for that long.
  const isCommitSent = world.ghosts.some(({ call }) => call.kind === "commit") ||
    world.groups.some(({ members }) =>
      members.some(({ calls }) =>
        calls.pending.some(({ kind, isMoot }) => kind === "commit" && !isMoot!())
      )
    );
  if (world.inProgress.length === 0 && !isCommitSent) {
    moves.push({ label: "a day passes", fault: "a day passes", apply: passes(25) });
    moves.push({ label: "a week passes", fault: "a week passes", apply: passes(8 * 24) });
    // A rule that has already run has measured a day by the clock as it was.
    if (!world.happened.has("lifecycle abort")) {
      moves.push({
        label: "S3's clock is set back",
        fault: "server clock set back",
        apply: passes(-2),
      });
    }
  }
  const age = LIFECYCLE_MS * (world.happened.has("server clock set back") ? 3 : 1);
  for (const { uploadId, key, startedAt, state } of bucket.uploads.values()) {
    if (state === "pending" && !bucket.raw.has(key) && !isForgotten(world, uploadId)) {
      moves.push({
        label: `another writer puts ${key}`,
        fault: "foreign writer",
        apply: () => bucket.putForeign(key),
      });
    }
    const isOld = bucket.now - startedAt >= age;
    if (state !== "in progress" && (isOld || world.areFilesLeft) && !isForgotten(world, uploadId)) {
      moves.push({
        label: isOld ? `a lifecycle rule aborts ${uploadId}` : `somebody aborts ${uploadId}`,
        fault: "lifecycle abort",
        apply: () => bucket.expire(uploadId),
      });
    }
  }
  return moves;
}

function takes({ bucket }: World, archived: boolean): Move[] {
  const taken = archived ? "archived" : "moved away";
  return [...bucket.raw.values()].filter(({ provenance }) => provenance).map(({ key }) => ({
    label: `${key} is ${taken}`,
    apply: () => bucket.take(key, archived),
  }));
}
