import type { Member } from "./member.ts";
import { plannedUploads } from "./plans.ts";
import type { Group, World } from "./world.ts";

/** A member's id: the first free one, since fewer ids make more states equal. */
export function newMemberId(world: World, { coordinator, members }: Group): string {
  const isFree = (id: string) =>
    !coordinator.members.has(id) && !isNamed(world, ` ${id} `) && !isNamed(world, `${id}@`) &&
    !members.some((member) => member.id === id && isThere(member)) &&
    ![...plannedUploads(coordinator)].some((one) => one.startsWith(`${id}@`));
  for (let n = 1;; n++) {
    const id = `${coordinator.name[0]}${n}`;
    if (isFree(id)) return id;
  }
}

/** An upload's id: the first for its member and key that nobody refers to any more. */
export function newUploadId(world: World, member: string, key: string): string {
  const { bucket, groups, scenario } = world;
  const name = key.slice(key.indexOf("/") + 1, -".csv".length);
  const isFree = (id: string) =>
    !bucket.uploads.has(id) && !bucket.retired.has(id) && !isNamed(world, id) &&
    !groups.some(({ coordinator }) => plannedUploads(coordinator).has(id));
  for (let n = 1;; n++) {
    const id = `${member}@${name}.${n}`.padEnd(scenario.idLength ?? 0, "-");
    if (isFree(id)) return id;
  }
}

/** Whether nobody can complete an upload any more: no plan names it, and its process is gone. */
export function isForgotten(world: World, uploadId: string): boolean {
  const owner = uploadId.slice(0, uploadId.indexOf("@"));
  const isHeld = world.groups.some(({ members, coordinator }) =>
    members.some((member) => member.id === owner && isThere(member)) ||
    plannedUploads(coordinator).has(uploadId)
  );
  return !isHeld && !isNamed(world, uploadId);
}

/** Whether a process is alive, or has requests in flight. */
export function isThere({ alive, calls }: Member): boolean {
  return alive || calls.pending.length > 0;
}

/** Whether a request in flight is about an upload, or comes from a member. */
function isNamed({ ghosts, inProgress, groups }: World, text: string): boolean {
  return ghosts.some(({ call }) => call.name.includes(text)) ||
    inProgress.some(({ call }) => call.name.includes(text)) ||
    groups.some(({ members }) =>
      members.some(({ calls }) => calls.pending.some(({ name }) => name.includes(text)))
    );
}
