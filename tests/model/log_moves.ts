import { append, deleteBefore, recreate, truncate } from "./log_changes.ts";
import type { Log, Topic } from "./logs.ts";
import type { Member } from "./member.ts";
import type { Move } from "./moves.ts";
import type { Fault } from "./scenario.ts";
import type { World } from "./world.ts";

/** The faults of logs. */
export const LOG_FAULTS: readonly Fault[] = ["retention", "truncation", "topic recreated"];
const CHANGES: readonly Fault[] = [...LOG_FAULTS, "offsets expire", "offsets set"];

/**
 * The next fetch of each member, whether it succeeds or not, and the cuts of batches that are due.
 */
export function readMoves(world: World): Move[] {
  const moves: Move[] = [];
  for (const { members, coordinator } of world.groups) {
    for (const member of members) {
      if (!member.reads || coordinator.mustSync(member.id)) continue;
      const before = moves.length;
      for (const topic of world.topics) {
        for (const p of member.generation!.assignment[topic.name] ?? []) {
          const move = readMove(world, member, topic, p);
          if (move) moves.push(move);
        }
      }
      const isBehind = moves.length > before;
      if (isBehind && world.scenario.eager) continue;
      for (const type of member.generation!.batches.keys()) {
        moves.push({ label: `${member.id} cuts ${type}`, apply: () => member.cut(type) });
      }
    }
  }
  return moves;
}

/** New messages, which producers append. */
export function logMoves(world: World): Move[] {
  if (world.later === 0) return [];
  return [{
    label: "messages arrive",
    apply() {
      world.later--;
      for (const topic of world.topics) append(world, topic);
    },
  }];
}

/**
 * One more message for each partition once everything else is done, if a log or an offset has
 * changed: only then does it show whether a member still reads the partition.
 */
export function lastMessages(world: World): Move[] {
  if (world.closed || !CHANGES.some((fault) => world.happened.has(fault))) return [];
  return [{
    label: "the last messages arrive",
    apply() {
      world.closed = true;
      for (const topic of world.topics) append(world, topic);
    },
  }];
}

/** The faults of each log. */
export function logFaults(world: World): Move[] {
  const moves: Move[] = [];
  if (LOG_FAULTS.every((fault) => !world.scenario.faults.has(fault))) return moves;
  for (const topic of world.topics) {
    for (const log of topic.logs) {
      for (const offset of new Set([log.low + 1, log.high])) {
        if (offset <= log.low || offset > log.high) continue;
        moves.push({
          label: `retention deletes ${log.name} up to ${offset}`,
          fault: "retention",
          apply: () => deleteBefore(world, topic, log, offset),
        });
      }
      for (const records of [0, 2]) {
        if (log.high === log.low || !isKnown(world, topic, log)) continue;
        moves.push({
          label: `${log.name} is truncated, and ${records} records are appended`,
          fault: "truncation",
          apply: () => truncate(world, topic, log, records),
        });
      }
    }
    for (const records of [1, 4]) {
      moves.push({
        label: `${topic.name} is recreated with ${records} records in each partition`,
        fault: "topic recreated",
        apply: () => recreate(world, topic, records),
      });
    }
  }
  return moves;
}

function readMove(world: World, member: Member, topic: Topic, p: number): Move | undefined {
  const { name, type, id } = topic;
  const place = `${name}/${p}`;
  if (!member.pins.has(name) || member.paused.has(place)) return undefined;
  if (member.pins.get(name) !== id && !world.scenario.broken?.unpinned) {
    return {
      label: `${member.id} finds no ${name}`,
      apply: () => void member.topicGone(type, name),
    };
  }
  const log = topic.logs[p]!;
  const position = member.generation!.position(name, p)!;
  const diverged = divergence(member, place, position, log);
  if (position < log.low || position > log.high || diverged !== undefined) {
    return {
      label: `${member.id} finds ${place} out of range`,
      apply: () => member.outOfRange(type, name, p, diverged),
    };
  }
  if (position === log.high) return undefined;
  const records = log.records.slice(position, position + world.scenario.fetch);
  return {
    label: `${member.id} fetches ${place} from ${position}`,
    apply: () => member.take(type, name, p, records),
  };
}

/**
 * Where the log diverges from what was last fetched, as a broker reports it (Fetch since KIP-595).
 */
function divergence(member: Member, place: string, position: number, log: Log): number | undefined {
  const last = member.lastFetched.get(place);
  if (last?.next !== position) return undefined;
  const end = log.endOfEpoch(last.epoch);
  return end < position ? end : undefined;
}

/**
 * Whether every member that owns a log could notice that it was truncated and has grown again. A
 * client that has fetched nothing since its last seek sends no epoch (fetch_hook.ts), so before its
 * first fetch a log may be replaced unnoticed. This takes an unclean election.
 */
function isKnown(world: World, { name, logs }: Topic, log: Log): boolean {
  const p = logs.indexOf(log);
  const place = `${name}/${p}`;
  return world.groups.every(({ members }) =>
    members.every(({ alive, generation, reads, lastFetched }) =>
      !alive || !generation || (reads && !generation.assignment[name]?.includes(p)) ||
      (reads && lastFetched.get(place)?.next === generation.position(name, p))
    )
  );
}
