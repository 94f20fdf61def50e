import { setImmediate } from "node:timers/promises";
import { type Move, moves } from "./moves.ts";
import type { Scenario } from "./scenario.ts";
import { verdict, violations } from "./verdict.ts";
import { World } from "./world.ts";

/** More moves than any schedule needs: a longer one never ends. */
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
   * The possible next moves.
   *
   * @param faulty whether to include faults. @default true
   */
  moves(faulty = true): Move[] {
    return moves(this.world, faulty && this.faultsLeft > 0 && !this.world.closed);
  }

  /** How many more faults may happen. */
  get faultsLeft(): number {
    return this.maxFaults - this.faults;
  }

  /** Applies a move, and lets production code run until all of it awaits the model again. */
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
    world.forgetMootRequests();
  }

  /** What is wrong; undefined while moves are left. */
  wrong(moves: readonly Move[]): string[] | undefined {
    const never = violations(this.world);
    if (never.length > 0) return never;
    if (this.schedule.length > MAX_MOVES) return [`still running after ${MAX_MOVES} moves`];
    return moves.length === 0 ? verdict(this.world) : undefined;
  }
}
