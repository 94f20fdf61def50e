import type { Type } from "../../shared/catalogue/events.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import type { Commit } from "../landing/committer.ts";
import type { Clock, Generation } from "./generation.ts";
import { Landing } from "../landing/landing.ts";
import type { PartitionStart } from "../landing/plan_state.ts";
import type { MemoryBudget } from "../batching/memory_budget.ts";
import { type FileName, keyOf } from "../../shared/formats/file_name.ts";
import { abortOrphans } from "../landing/orphans.ts";
import { retryForever, type Retrying } from "../../shared/cli/retry.ts";
import { decodeRecord, idBeginning, type TopicIds } from "../../shared/formats/plan.ts";
import type { AssignedPartition } from "../landing/assigned_partition.ts";
import { recover, type RecoveryWorld } from "../landing/recovery.ts";
import type { Report } from "../landing/report.ts";
import type { Store } from "../landing/store.ts";

/** What a takeover needs. */
export interface TakeoverParts extends Retrying {
  /** All partitions of the group's topics, in their present state. */
  readonly look: () => Promise<readonly AssignedPartition[]>;
  readonly endOfEpoch: RecoveryWorld["endOfEpoch"];
  readonly settings: Pick<Settings, "group" | "topicPrefix" | "bucket">;
  readonly store: Store;
  readonly memory: MemoryBudget;
  readonly report: Report;
  readonly clock: Clock;
  /** Commits in the new generation. */
  readonly commit: Commit;
  /** See {@linkcode LandingWorld}. */
  readonly lastNames: Map<string, FileName>;
  /** See {@linkcode SessionParts}. */
  readonly seenIds: Map<string, string | undefined>;
  readonly settlePause?: RecoveryWorld["settlePause"];
}

/**
 * Takes over the partitions of a new generation: settles what their plans name, and gives the
 * generation its landing, which the caller has to run. Nothing may be fetched before.
 *
 * @param assignment our partitions, by topic
 * @throws what {@linkcode recover} throws, and kafkajs' errors
 */
export async function takeOver(
  generation: Generation,
  assignment: Readonly<Record<string, readonly number[]>>,
  parts: TakeoverParts,
): Promise<{ starts: readonly PartitionStart[]; landing: Landing }> {
  const { settings, store, memory, report, clock, onWaiting, onResumed, explain } = parts;
  const { signal } = generation;
  const world = {
    store,
    group: settings.group,
    now: clock.now,
    settlePause: parts.settlePause,
    wait: parts.wait,
    onWaiting,
    onResumed,
    explain,
    onWarning: report.warn,
  };
  const all = await parts.look();
  const owned = all.filter(({ topic, partition }) => assignment[topic]?.includes(partition));
  const others = all.filter((one) => !owned.includes(one));
  await warnOfRereads(owned, all, parts, signal);
  for (const { topic, topicId } of owned) parts.seenIds.set(topic, topicId);
  const starts = withoutShared(
    await recover(owned, {
      ...world,
      endOfEpoch: parts.endOfEpoch,
      onRecovered: (key) => report.recovered(key),
    }, signal),
    others,
  );
  signal.throwIfAborted();
  const landing = new Landing(
    {
      ...world,
      topicPrefix: settings.topicPrefix,
      lastNames: parts.lastNames,
      topicIds: idsToRecord(owned, all),
      commit: parts.commit,
      ownsAll: (type) => count(owned, type) === count(all, type),
      onLanded: (file) => report.landed(file),
      onRound: (round) => report.finished(round),
      onDone: (cut) => memory.release(cut.type, cut.held),
    },
    starts,
    signal,
  );
  generation.begin(starts, landing);
  abortOrphans(store, settings.group, parts.look, clock.now, signal).catch((error) => {
    if (!signal.aborted) {
      report.warn(
        `Orphaned uploads were not cleaned up, the next start retries: ${explain(error).message}`,
      );
    }
  });
  return { starts, landing };
}

/**
 * A group without committed offsets: a new one, or one whose offsets have expired or were deleted.
 */
async function warnOfRereads(
  owned: readonly AssignedPartition[],
  all: readonly AssignedPartition[],
  parts: TakeoverParts,
  signal: AbortSignal,
): Promise<void> {
  const { settings: { group, bucket }, store, report } = parts;
  const uncommitted = owned.filter(({ committed }) => committed < 0);
  if (uncommitted.length === 0) return;
  if (uncommitted.length === owned.length) {
    report.say(
      `The group ${group} has no committed offsets: reading ${owned.length} partitions from the start of their topics`,
    );
  }
  for (const [type, ofTopic] of Map.groupBy(uncommitted, ({ type }) => type) as Topics) {
    const [{ topic, topicId }] = ofTopic;
    if (wasAnother(topicId, parts.seenIds.get(topic), committedIds(all, type))) {
      report.warn(
        `${topic} was deleted and recreated, and Kafka has forgotten the group's offsets with it: reading it from its start`,
      );
      continue;
    }
    const partitions = ofTopic.filter(({ high, low }) => high > low);
    if (partitions.length === 0) continue;
    const anyLies = (isMeant: (of: Provenance) => boolean) =>
      retryForever(
        () =>
          store.hasEarlier(
            keyOf(type, "99999999_999999"),
            Infinity,
            (of) => of.group === group && of.topic === topic && isMeant(of),
            signal,
          ),
        parts,
        signal,
      );
    const isOfTopic = (of: Provenance) => (of.topicId ?? topicId) === (topicId ?? of.topicId);
    // A partition may only just have got its first events.
    const holdsTheirs = ({ ranges }: Provenance) =>
      ranges.some((range) => partitions.some(({ partition }) => partition === range.partition));
    const files = `its files lie in s3://${bucket}/${type}/`;
    if (await anyLies((of) => isOfTopic(of) && holdsTheirs(of))) {
      report.warn(
        `Kafka has no committed offsets of the group ${group} for ${topic} (expired, or deleted), but ${files}: events that had landed will land again`,
      );
    } else if (
      !owned.some((one) => one.topic === topic && one.committed >= 0) &&
      await anyLies((of) => !isOfTopic(of))
    ) {
      report.warn(
        `${topic} was deleted and recreated since ${files}, and Kafka has forgotten the group's offsets with it: reading it from its start`,
      );
    }
  }
}

/** Whether the group has known another topic under the name, and never this one. */
function wasAnother(
  topicId: string | undefined,
  seenId: string | undefined,
  committed: readonly string[],
): boolean {
  if (seenId !== undefined) return seenId !== topicId;
  return topicId !== undefined && committed.length > 0 && !committed.includes(idBeginning(topicId));
}

/**
 * The beginnings of the ids of a type's topic, as recorded when offsets of any topic were
 * committed.
 */
function committedIds(all: readonly AssignedPartition[], type: Type): string[] {
  return recordedIds(all).flatMap((ids) => ids[type] ?? []);
}

function recordedIds(all: readonly AssignedPartition[]): TopicIds[] {
  return all.map(({ metadata }) => decodeRecord(metadata)?.topicIds ?? {});
}

/**
 * The ids to record with this generation's offsets. Those of topics that are recreated have been
 * told by whoever owns a partition of it; until an owner has, and while the topic is away, the former
 * id stays, or nobody could tell any more.
 */
function idsToRecord(
  owned: readonly AssignedPartition[],
  all: readonly AssignedPartition[],
): TopicIds {
  const [told, today] = [idsOf(owned), idsOf(all)];
  const former: Record<string, string> = {};
  for (const ids of recordedIds(all)) {
    for (const [type, id] of Object.entries(ids)) {
      if (former[type] === undefined || former[type] !== today[type]) former[type] = id;
    }
  }
  return { ...today, ...former, ...told };
}

function idsOf(all: readonly AssignedPartition[]): TopicIds {
  return Object.fromEntries(
    all.flatMap(({ type, topicId }) => topicId === undefined ? [] : [[type, idBeginning(topicId)]]),
  );
}

type Topics = Map<Type, [AssignedPartition, ...AssignedPartition[]]>;

/** Uploads that another member's plan names as well must not be aborted by us. */
function withoutShared(
  starts: readonly PartitionStart[],
  others: readonly AssignedPartition[],
): PartitionStart[] {
  const shared = new Set(
    others.flatMap(({ metadata }) => decodeRecord(metadata)?.files ?? []).map((one) =>
      one.uploadId
    ),
  );
  return starts.map((start) => ({
    ...start,
    voids: start.voids.filter(({ uploadId }) => !shared.has(uploadId)),
  }));
}

function count(partitions: readonly AssignedPartition[], type: Type): number {
  return partitions.filter((partition) => partition.type === type).length;
}
