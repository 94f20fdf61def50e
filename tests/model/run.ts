import { setImmediate } from "node:timers/promises";
import { type Move, moves } from "./moves.ts";
import type { Scenario } from "./scenario.ts";
import { verdict, violations } from "./verdict.ts";
import { World } from "./world.ts";

/** More moves than any schedule needs: one that goes on for longer goes on for ever. */
const MAX_MOVES = 5_000;

/** One run of the model, a move at a time. */
export class Run {
  readonly world: World;
  /** The labels of the moves so far. */
  readonly schedule: string[] = [];
  faults = 0;

  constructor(scenario: Scenario, public maxFaults: number) {
    this.world = new World(scenario);
  }

  /**
   * What can happen next.
   *
   * @param faulty whether faults are asked for. @default true
   */
  moves(faulty = true): Move[] {
    return moves(this.world, faulty && this.faultsLeft > 0 && !this.world.closed);
  }

  /** How many more faults may happen. */
  get faultsLeft(): number {
    return this.maxFaults - this.faults;
  }

  /** Lets a move happen, and production code run until it waits for the world again. */
  async take({ label, fault, apply }: Move): Promise<void> {
    this.schedule.push(label);
    const { world } = this;
    if (fault) {
      this.faults++;
      world.happened.set(fault, (world.happened.get(fault) ?? 0) + 1);
    }
    apply();
    world.downstream();
    do await setImmediate(); while (world.giveUp());
    world.forgetVainRequests();
  }

  /** What is wrong; undefined while there is more to come. */
  wrong(moves: readonly Move[]): string[] | undefined {
    const never = violations(this.world);
    if (never.length > 0) return never;
    if (this.schedule.length > MAX_MOVES) return [`nothing ends after ${MAX_MOVES} moves`];
    return moves.length === 0 ? verdict(this.world) : undefined;
  }
}
