import type { Admin } from "kafkajs";
import type { Type } from "../shared/events.ts";
import type { Settings } from "../shared/settings.ts";
import type { Buffer } from "./buffer.ts";
import type { PartitionCommit } from "./commit.ts";
import type { Clock, Generation } from "./generation.ts";
import { Landing } from "./landing.ts";
import { abortOrphans } from "./orphans.ts";
import { fetchPartitions } from "./partitions.ts";
import type { Perseverance } from "./persevere.ts";
import { type AssignedPartition, recover } from "./recovery.ts";
import type { Report } from "./report.ts";
import type { Store } from "./store.ts";

/** What a takeover needs. */
export interface TakeoverParts extends Perseverance {
  readonly admin: Admin;
  readonly settings: Settings;
  readonly store: Store;
  readonly buffer: Buffer;
  readonly report: Report;
  readonly clock: Clock;
  /** The type of each topic. */
  readonly topics: ReadonlyMap<string, Type>;
  /** Commits in the generation that is taken over. */
  readonly commit: (partitions: readonly PartitionCommit[]) => Promise<void>;
}

/**
 * Takes over the partitions of a new generation: completes what their plans name, and gives the
 * generation its landing, which the caller has to run.
 *
 * @param assignment our partitions, by topic
 * @throws what {@linkcode recover} throws, and kafkajs' errors
 */
export async function takeOver(
  generation: Generation,
  assignment: Readonly<Record<string, readonly number[]>>,
  parts: TakeoverParts,
): Promise<Landing> {
  const { admin, settings, store, buffer, report, clock, onWaiting, explain } = parts;
  const { signal } = generation;
  const world = { store, group: settings.group, now: clock.now, onWaiting, explain };
  const all = await fetchPartitions(admin, settings.group, parts.topics);
  const owned = all.filter(({ topic, partition }) => assignment[topic]?.includes(partition));
  if (owned.length > 0 && owned.every(({ committed }) => committed < 0)) {
    report.say(
      `The group ${settings.group} has no committed offsets: reading ${owned.length} partitions from the start of their topics`,
    );
  }
  const starts = await recover(owned, {
    ...world,
    onRecovered: (key, outcome) => outcome === "completed" && report.recovered(key),
    onWarning: report.warn,
  }, signal);
  signal.throwIfAborted();
  const landing = new Landing(
    {
      ...world,
      topicPrefix: settings.topicPrefix,
      commit: parts.commit,
      ownsAll: (type) => count(owned, type) === count(all, type),
      onLanded: (file) => report.landed(file),
      onDone: (cut) => buffer.release(cut.held),
    },
    starts,
    signal,
  );
  generation.begin(starts, landing);
  const plans = all.map(({ metadata }) => metadata);
  abortOrphans(store, plans, clock.now(), signal).catch((error) => {
    if (!signal.aborted) report.warn(`Old uploads were not cleared away: ${explain(error)}`);
  });
  return landing;
}

function count(partitions: readonly AssignedPartition[], type: Type): number {
  return partitions.filter((partition) => partition.type === type).length;
}
