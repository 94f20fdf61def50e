import type { Member } from "./member.ts";
import { plannedUploads } from "./plans.ts";
import type { Group, World } from "./world.ts";

/** A member's id: the first that is free, for the fewer ids there are, the more states are the same. */
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

/** An upload's id: the first of its member and key that nobody knows any more. */
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

/** Whether nobody can complete an upload any more: it is in no plan, and its process is gone. */
export function isForgotten(world: World, uploadId: string): boolean {
  const owner = uploadId.slice(0, uploadId.indexOf("@"));
  const isHeld = world.groups.some(({ members, coordinator }) =>
    members.some((member) => member.id === owner && isThere(member)) ||
    plannedUploads(coordinator).has(uploadId)
  );
  return !isHeld && !isNamed(world, uploadId);
}

/** Whether anything of a process is left. */
export function isThere({ alive, calls }: Member): boolean {
  return alive || calls.pending.length > 0;
}

/** Whether a request that is still under way is about an upload, or comes from a member. */
function isNamed({ ghosts, underWay, groups }: World, text: string): boolean {
  return ghosts.some(({ call }) => call.name.includes(text)) ||
    underWay.some(({ call }) => call.name.includes(text)) ||
    groups.some(({ members }) =>
      members.some(({ calls }) => calls.pending.some(({ name }) => name.includes(text)))
    );
}
