import type { PartitionCommit } from "../../consumer/landing/commit.ts";
import type { AssignedPartition } from "../../consumer/landing/assigned_partition.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";
import type { Coordinator } from "./coordinator.ts";
import { newUploadId } from "./free_ids.ts";
import type { Member, MemberWorld } from "./member.ts";
import { plannedUploads } from "./plans.ts";
import type { Fault } from "./scenario.ts";
import type { Group, World } from "./world.ts";

/** What makes uploads older. */
const AGEING: readonly Fault[] = ["a week passes", "offsets expire", "member clock jumps"];

/** The world as one member of a group sees it. */
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
    // Uploads become orphans in time only: where none passes nobody has to look for them.
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

/** Offsets go back only where a line has said so. */
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
      world.bucket.violations.push(`${place} went back from ${was} to ${offset}, unsaid`);
    }
  }
}

/** Whoever reads a plan relies on its uploads: none may be aborted while it stands. */
function abort(world: World, uploadId: string): "aborted" | "gone" {
  const { bucket, groups } = world;
  const outcome = bucket.abort(uploadId);
  // Whoever has listed it may still hold its id, which no other upload may have then.
  if (isAgeing(world)) bucket.retired.add(uploadId);
  const isPlanned = groups.some(({ coordinator }) => plannedUploads(coordinator).has(uploadId));
  if (outcome === "aborted" && isPlanned) {
    bucket.violations.push(`${uploadId} was aborted, and is planned`);
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
