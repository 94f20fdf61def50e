import { Digest } from "./digest.ts";
import { isForgotten, isThere } from "./free_ids.ts";
import { EXCUSES } from "./verdict.ts";
import type { World } from "./world.ts";

/**
 * Identifies a state: that of the model, and what each process has observed.
 *
 * @param faulty whether faults may still happen
 */
export function stateKey(world: World, faulty: boolean): number {
  const digest = new Digest();
  for (const topic of world.topics) {
    digest.add(topic.id);
    for (const log of topic.logs) digest.add(log.key);
  }
  digest.add(world.bucket.key((uploadId) => !isForgotten(world, uploadId)));
  for (const { coordinator, members, waiting, letters, lost, unknown } of world.groups) {
    digest.add(coordinator.key).add(`${waiting}`);
    for (const member of members) {
      if (!isThere(member)) continue;
      digest.add(member.key).add(`${member.number === coordinator.generation}`);
      digest.add(`${world.clocks.get(member)}`);
    }
    digest.add([...letters].join()).add([...lost, "", ...unknown].sort().join());
  }
  for (const { uploadId, pauses, call } of world.inProgress) {
    digest.add(`${uploadId} ${pauses} ${call.name}`);
  }
  for (const { call, sent } of world.ghosts) {
    if (sent || faulty) digest.add(call.name).add(`${sent}`);
  }
  for (const warning of [...world.warnings].sort()) digest.add(warning);
  const { once } = world.scenario;
  const matter = [...world.happened.keys()].filter((fault) =>
    EXCUSES.has(fault) || once?.has(fault)
  );
  return digest.add(matter.sort().join()).add(`${world.later}${world.closed}`).value;
}
