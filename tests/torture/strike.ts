import { pause } from "../../shared/cli/backoff.ts";
import { rootMessage } from "../../shared/cli/errors.ts";
import { pickFault } from "./faults.ts";
import type { TortureOptions } from "./options.ts";
import type { World } from "./world.ts";

/** No more consumers than this at once, and never less than one that is awake. */
const MAX_CONSUMERS = 4;

/**
 * Has faults strike for so many seconds, a few consumers running all the while.
 *
 * @returns how often each was done
 */
export async function strike(
  world: World,
  { faults, seconds, every }: Pick<TortureOptions, "faults" | "seconds" | "every">,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const { fleet, random } = world;
  const strikes = new Map<string, number>();
  const lastsUntil = new Map<string, number>();
  const possible = faults.filter((fault) => {
    const why = fault.impossible?.(world);
    if (why) console.log(`Left out: ${fault.name} (${why})`);
    return !why;
  });
  fleet.add();
  fleet.add();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await pause(every / 4 + random(Math.round(every * 1.5)), signal);
    const fault = pickFault(possible, random);
    if (fleet.size >= MAX_CONSUMERS && fault.name.startsWith("a consumer")) continue;
    if (performance.now() < (lastsUntil.get(fault.name) ?? 0)) continue;
    if (fault.lasts) lastsUntil.set(fault.name, performance.now() + fault.lasts);
    console.log(`${Math.round((end - performance.now()) / 1000)} s left: ${fault.name}`);
    strikes.set(fault.name, (strikes.get(fault.name) ?? 0) + 1);
    try {
      await fault.strike(world);
    } catch (error) {
      signal.throwIfAborted();
      // What one fault has broken may hinder the next.
      console.log(`It was not done to the end: ${rootMessage(error)}`);
    }
    while (fleet.size < 2) fleet.add();
    while (fleet.size > MAX_CONSUMERS) {
      if (!fleet.signal("SIGKILL")) break;
      await pause(100, signal);
    }
  }
  return strikes;
}
