import type { PartitionCommit } from "../../consumer/landing/commit.ts";
import type { AssignedPartition } from "../../consumer/landing/assigned_partition.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";
import type { Coordinator } from "./coordinator.ts";
import { newUploadId } from "./free_ids.ts";
import type { Member, MemberWorld } from "./member.ts";
import { plannedUploads } from "./plans.ts";
import type { Fault } from "./scenario.ts";
import type { Group, World } from "./world.ts";

/** The faults that make uploads older. */
const AGEING: readonly Fault[] = ["a week passes", "offsets expire", "member clock jumps"];

/** The model as seen by one member of a group. */
export function memberWorld(world: World, group: Group): MemberWorld {
  const { coordinator, letters } = group;
  const { bucket, scenario, topics } = world;
  return {
    group: coordinator.name,
    rows: scenario.rows,
    isUnfenced: scenario.broken?.unfenced ?? false,
    bucket,
    now: (member) => bucket.now + (world.clocks.get(member) ?? 0),
    look: () => look(world, coordinator),
    endOfEpoch: (name, partition, epoch) =>
      topics.find((topic) => topic.name === name)!.logs[partition]!.endOfEpoch(epoch),
    accepts: ({ id }, number) => coordinator.accepts(id, number),
    commit: (member, number, partitions) => commit(world, coordinator, member, number, partitions),
    deadLetter: (uid) => void letters.set(uid, (letters.get(uid) ?? 0) + 1),
    newUploadId: (member, key) => newUploadId(world, member, key),
    upload: (id, key, body, of) => bucket.upload(id, key, rowsOf(body), of as Provenance),
    abort: (uploadId) => abort(world, uploadId),
    isSettled: (key) => isSettled(world, key),
    // Uploads only become orphans with time: where none passes, nobody has to look for any.
    mayList: (prefix) => topics.some(({ type }) => prefix.startsWith(type)) && isAgeing(world),
    warn: (line) => void world.warnings.add(line),
  };
}

function look({ topics }: World, { committed }: Coordinator): AssignedPartition[] {
  return topics.flatMap(({ type, name: topic, id: topicId, logs }) =>
    logs.map(({ low, high }, partition) => {
      const { offset = -1, metadata = null } = committed.get(`${topic}/${partition}`) ?? {};
      return { type, topic, topicId, partition, committed: offset, metadata, low, high };
    })
  );
}

/** Offsets may go back only after a warning. */
function commit(
  world: World,
  coordinator: Coordinator,
  { id }: Member,
  number: number,
  partitions: readonly PartitionCommit[],
): void {
  const before = new Map(coordinator.committed);
  const taken = world.torn
    ? partitions.filter(({ topic }) => topic === partitions[0]!.topic)
    : partitions;
  coordinator.commit(id, number, taken);
  for (const { topic, partition, offset } of taken) {
    const place = `${topic}/${partition}`;
    const was = before.get(place)?.offset ?? -1;
    if (offset < was && ![...world.warnings].some((line) => line.includes(place))) {
      world.bucket.violations.push(`${place} went back from ${was} to ${offset} without a warning`);
    }
  }
}

/** Whoever reads a plan relies on its uploads, so none may be aborted while a plan names it. */
function abort(world: World, uploadId: string): "aborted" | "gone" {
  const { bucket, groups } = world;
  const outcome = bucket.abort(uploadId);
  // Whoever has listed it may still refer to its id, which must not be reused then.
  if (isAgeing(world)) bucket.retired.add(uploadId);
  const isPlanned = groups.some(({ coordinator }) => plannedUploads(coordinator).has(uploadId));
  if (outcome === "aborted" && isPlanned) {
    bucket.violations.push(`${uploadId} was aborted while a plan names it`);
  }
  return outcome;
}

function isSettled({ bucket: { raw, archive, uploads }, areFilesLeft }: World, key: string) {
  if (archive.has(key)) return true;
  if (!raw.get(key)?.provenance) return ![...uploads.values()].some((one) => one.key === key);
  return areFilesLeft;
}

function isAgeing({ scenario: { faults } }: World): boolean {
  return AGEING.some((fault) => faults.has(fault));
}

function rowsOf(body: Uint8Array): string[] {
  return new TextDecoder().decode(body).trimEnd().split("\n").slice(1);
}
