import { nowMicroseconds } from "../simulation/clock.ts";
import { pace } from "./pace.ts";
import type { Plan } from "./schedule.ts";
import type { Stretch } from "../simulation/timeline.ts";
import type { World } from "../world/world.ts";

/** The most rounds generated in one go. */
const BATCH = 1_000;

/**
 * Yields how many rounds of a world are due. First those that a killed run had begun, and those of the
 * past, as fast as they are taken; then each at its pace, and none before its own time has come.
 * There is no seam between the two: the first live round begins where the last of the past ended, or as
 * soon as it can.
 *
 * @param options.interval seconds between rounds; 0: no pause
 * @param options.count rounds in all; endless by default
 * @param options.onLive called when rounds have other times from now on
 */
export async function* dueRounds(
  world: World,
  plan: Plan,
  options: {
    interval: number;
    speed: number;
    count?: number;
    signal: AbortSignal;
    onLive?: (stretch: Stretch) => Promise<void>;
  },
): AsyncGenerator<number, void, void> {
  const { interval, signal, onLive, count = Infinity } = options;
  let { speed } = options;
  let done = 0;
  for (const behind = Math.min(world.behind, count); done < behind && !signal.aborted;) {
    const due = Math.min(BATCH, behind - done);
    done += due;
    yield due;
  }
  if (plan.pastUntil !== undefined) {
    while (done < count && !signal.aborted) {
      const most = Math.min(BATCH, count - done);
      let due = 0;
      while (due < most && world.begin(world.round + due + 1) <= plan.pastUntil) due++;
      if (due === 0) break;
      done += due;
      yield due;
    }
    if (plan.endsThere || signal.aborted) return;
    speed = 1;
    const end = world.begin(world.round);
    if (plan.liveStep !== plan.first.step) {
      const start = Math.max(end, nowMicroseconds() - plan.liveStep);
      await onLive?.(world.change({ start, step: plan.liveStep }));
    }
  }
  const first = world.round + 1;
  const begin = world.begin(first);
  const now = nowMicroseconds();
  const at = (n: number) => {
    const end = world.begin(first + n);
    // Paced by the world's own time, and never ahead of the clock.
    return Math.max((end - begin) / 1e6 / speed, (end - now) / 1e6, 0);
  };
  yield* pace({
    interval,
    count: count - done,
    limit: BATCH,
    signal,
    at: interval === 0 ? undefined : at,
  });
}
