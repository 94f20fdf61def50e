import { expireOffsets, setOffset } from "./log_changes.ts";
import type { Member } from "./member.ts";
import type { Move } from "./moves.ts";
import type { Group, World } from "./world.ts";

const DAY_MS = 24 * 3600_000;

/** How processes start, join, get their partitions and time out. */
export function groupMoves(world: World): Move[] {
  return world.groups.flatMap((group) => {
    const moves = group.members.flatMap((member) => memberMoves(world, group, member));
    const isEmpty = !group.members.some(({ alive }) => alive);
    if (group.waiting > 0 || isEmpty) {
      moves.push({
        label: `${group.coordinator.name} starts a consumer`,
        apply() {
          group.waiting = Math.max(0, group.waiting - 1);
          world.start(group);
        },
      });
    }
    return moves;
  });
}

/** A member's own move whose timing nobody else can observe. */
export function unseenGroupMove(world: World): Move | undefined {
  for (const group of world.groups) {
    for (const member of group.members) {
      if (!member.alive) continue;
      const isOwn = member.broken || member.hasStopped || group.coordinator.mustSync(member.id);
      if (isOwn) return memberMoves(world, group, member)[0];
    }
  }
  return undefined;
}

/** The faults of a group and its members. */
export function groupFaults(world: World): Move[] {
  return world.groups.flatMap((group) => [
    ...group.members.filter(({ alive, broken }) => alive && !broken)
      .flatMap((member) => memberFaults(world, group, member)),
    ...offsetFaults(world, group),
  ]);
}

function memberMoves(world: World, group: Group, member: Member): Move[] {
  const { coordinator } = group;
  const { id } = member;
  if (!member.alive) {
    if (!coordinator.members.has(id)) return [];
    return [{ label: `${id}'s session expires`, apply: () => coordinator.drop(id) }];
  }
  if (member.broken || member.hasStopped) {
    return [{
      label: member.broken ? `${id} begins a new session` : `${id} leaves`,
      apply() {
        world.end(member);
        coordinator.drop(id);
        if (member.broken) world.start(group, member.lastNames);
      },
    }];
  }
  if (coordinator.mustJoin(id)) {
    return [{
      label: `${id} rejoins`,
      apply() {
        member.fence();
        coordinator.join(id);
      },
    }];
  }
  if (coordinator.mustSync(id)) {
    return [{ label: `${id} is assigned`, apply: () => assign(world, group, member) }];
  }
  const { unhooked } = member;
  if (!unhooked) return [];
  return [{
    label: `${id} fetches before recovery`,
    apply: () => fetchFirst(world, group, member, unhooked),
  }];
}

function memberFaults(world: World, { coordinator }: Group, member: Member): Move[] {
  const { id } = member;
  const moves: Move[] = [];
  if (world.scenario.faults.has("member clock jumps")) {
    moves.push({
      label: `${id}'s clock jumps`,
      fault: "member clock jumps",
      apply: () => world.setClock(member, 8 * DAY_MS),
    });
  }
  if (member.calls.pending.length > 0) {
    moves.push({ label: `${id} crashes`, fault: "crash", apply: () => world.crash(member) });
  }
  if (!coordinator.mustJoin(id)) {
    moves.push({
      label: `${id} misses its heartbeats`,
      fault: "session timeout",
      apply: () => coordinator.drop(id),
    });
  }
  if (member.reads) {
    moves.push({ label: `${id} is told to stop`, fault: "stop", apply: () => member.stop() });
  }
  return moves;
}

/** The faults of the offsets of an empty group. */
function offsetFaults(world: World, group: Group): Move[] {
  const { coordinator } = group;
  if (coordinator.members.size > 0 || coordinator.committed.size === 0) return [];
  const moves: Move[] = [{
    label: "the offsets expire",
    fault: "offsets expire",
    apply: () => expireOffsets(world, group),
  }];
  for (const { name, logs } of world.topics) {
    for (const [p, { low, high }] of logs.entries()) {
      const place = `${name}/${p}`;
      const now = coordinator.committed.get(place)?.offset;
      for (const offset of new Set([low, high])) {
        if (now === undefined || now === offset) continue;
        moves.push({
          label: `${place} is set to ${offset}`,
          fault: "offsets set",
          apply: () => setOffset(world, group, place, offset),
        });
      }
    }
  }
  return moves;
}

function assign(world: World, { coordinator }: Group, member: Member): void {
  const assignment: Record<string, number[]> = {};
  for (const place of coordinator.sync(member.id, world.places)) {
    const [topic, partition] = place.split("/") as [string, string];
    (assignment[topic] ??= []).push(Number(partition));
  }
  member.begin(coordinator.generation, assignment);
  if (world.scenario.broken?.fetchesFirst) member.unhooked = assignment;
}

/**
 * What kafkajs does unless it is prevented: where the offset is out of range it commits its
 * default.
 */
function fetchFirst(
  world: World,
  { coordinator }: Group,
  member: Member,
  assignment: Record<string, number[]>,
): void {
  member.unhooked = undefined;
  for (const { name, logs } of world.topics) {
    for (const p of assignment[name] ?? []) {
      const { low, high } = logs[p]!;
      const offset = coordinator.committed.get(`${name}/${p}`)?.offset ?? low;
      if (offset >= low && offset <= high) continue;
      coordinator.committed.set(`${name}/${p}`, { offset: -2, metadata: null });
    }
  }
}
