import { decodeRecord } from "../../shared/formats/plan.ts";
import { type Log, type ModelRecord, Topic } from "./logs.ts";
import { plannedUploads } from "./plans.ts";
import type { Group, World } from "./world.ts";

/** Appends a message to each partition of a topic. */
export function append(world: World, topic: Topic): void {
  for (const log of topic.logs) log.append("row");
  remember(world, topic);
  for (const log of topic.logs) passOverByHand(world, topic, log, "leaderEpoch");
}

/** Retention deletes the records before an offset. */
export function deleteBefore(world: World, topic: Topic, log: Log, offset: number): void {
  forget(world, topic, log.deleteBefore(offset), true);
}

/** A log loses its last record in an unclean election, and `records` new ones are appended. */
export function truncate(world: World, topic: Topic, log: Log, records: number): void {
  forget(world, topic, log.truncate(log.high - 1), false);
  for (let i = 0; i < records; i++) log.append("row");
  remember(world, topic);
  passOverByHand(world, topic, log, "leaderEpoch");
}

/** A topic is deleted and recreated, with `records` records in each partition. */
export function recreate(world: World, topic: Topic, records: number): void {
  forget(world, topic, topic.records, true);
  const again = new Topic(topic.type, topic.logs.length, topic.incarnation + 1);
  for (const log of again.logs) for (let i = 0; i < records; i++) log.append("row");
  world.topics[world.topics.indexOf(topic)] = again;
  remember(world, again);
  for (const log of again.logs) passOverByHand(world, again, log, "topicId");
}

/** Kafka expires the offsets of a group that was empty for seven days. */
export function expireOffsets({ bucket }: World, { coordinator }: Group): void {
  bucket.now += 8 * 24 * 3600_000;
  coordinator.committed.clear();
}

/** An operator resets a group's offset. */
export function setOffset(
  { bucket, topics }: World,
  { coordinator, lost }: Group,
  place: string,
  offset: number,
): void {
  bucket.now += 60_000;
  coordinator.committed.set(place, { offset, metadata: "" });
  const [name, p] = place.split("/") as [string, string];
  const log = topics.find((topic) => topic.name === name)!.logs[Number(p)]!;
  for (const { uid } of log.records.slice(0, offset)) lost.add(uid);
}

/** Registers the records of a topic. */
export function remember({ records }: World, topic: Topic): void {
  for (const record of topic.records) records.set(record.uid, record);
}

/**
 * Records are gone from the log: a group that has neither landed nor planned them has lost them.
 *
 * @param isKnown whether a consumer can know that these records existed
 */
function forget(
  world: World,
  topic: Topic,
  records: readonly ModelRecord[],
  isKnown: boolean,
): void {
  const uids = records.map(({ uid }) => uid);
  for (const uid of uids) world.deleted.add(uid);
  for (const group of world.groups) {
    const { coordinator: { committed, members }, lost, unknown } = group;
    const safe = safeRecords(world, group);
    const hasBegun = members.size > 0 ||
      topic.logs.some((_, p) => committed.has(`${topic.name}/${p}`));
    for (const uid of uids) if (!safe.has(uid)) (isKnown && hasBegun ? lost : unknown).add(uid);
  }
}

/**
 * The records that a group has landed, sent to the dead letters, or planned in an upload that
 * exists.
 */
function safeRecords({ bucket }: World, { coordinator, letters }: Group): Set<string> {
  const ours = bucket.made.filter(({ provenance }) => provenance?.group === coordinator.name);
  const planned = [...plannedUploads(coordinator)].flatMap((id) => bucket.uploads.get(id) ?? []);
  return new Set([...ours, ...planned].flatMap(({ rows }) => rows).concat(...letters.keys()));
}

/**
 * An offset that was set by hand carries no topic id and no epoch until a record has been read from
 * there, so it also skips records that replace others.
 *
 * @param tells the field that would distinguish the new records from the old
 */
function passOverByHand(
  { groups }: World,
  { name, logs }: Topic,
  log: Log,
  tells: "topicId" | "leaderEpoch",
): void {
  for (const { coordinator: { committed }, lost } of groups) {
    const { offset = 0, metadata } = committed.get(`${name}/${logs.indexOf(log)}`) ?? {};
    if (decodeRecord(metadata)?.[tells] !== undefined) continue;
    for (const { uid } of log.records.slice(0, offset)) lost.add(uid);
  }
}
