import { callMoves } from "./call_moves.ts";
import { groupFaults, groupMoves, unseenGroupMove } from "./group_moves.ts";
import { lastMessages, logFaults, logMoves, readMoves } from "./log_moves.ts";
import { storeFaults, storeMoves } from "./store_moves.ts";
import type { Fault } from "./scenario.ts";
import type { World } from "./world.ts";

/** Something that can happen next. */
export interface Move {
  /** The same for the same move in every run of a schedule. */
  readonly label: string;
  /** Undefined for an ordinary move. */
  readonly fault?: Fault;
  apply(): void;
}

/**
 * All possible next moves, ordinary ones first; none when everything is done. Taking the first one
 * each time gives a run without faults.
 *
 * @param faulty whether faults may still happen
 */
export function moves(world: World, faulty: boolean): Move[] {
  const calls = callMoves(world, faulty);
  if (calls.unseen) return calls.unseen;
  const reads = readMoves(world);
  if (world.scenario.eager) {
    const unseen = reads[0] ?? unseenGroupMove(world);
    if (unseen) return [unseen];
  }
  const ordinary = [
    ...calls.ordinary,
    ...reads,
    ...groupMoves(world),
    ...storeMoves(world),
    ...logMoves(world),
  ];
  if (ordinary.length === 0) ordinary.push(...lastMessages(world));
  if (!faulty) return ordinary;
  return [
    ...ordinary,
    ...allowed(world, [
      ...calls.faults,
      ...groupFaults(world),
      ...storeFaults(world),
      ...logFaults(world),
    ]),
  ];
}

/** The faults that the scenario allows. */
export function allowed(world: World, moves: readonly Move[]): Move[] {
  const { scenario: { faults, once }, happened } = world;
  return moves.filter(({ fault }) =>
    faults.has(fault!) && !(once?.has(fault!) && happened.has(fault!))
  );
}
