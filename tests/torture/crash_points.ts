import process from "node:process";
import type { Wrappers } from "../../consumer/consume.ts";

/** Where the protocol can be left by a crash. */
export const crashPoints = [
  "before upload",
  "after upload",
  "after plan",
  "in the middle of completion",
  "after completion",
  "after advance",
] as const;

/** A point and the how-manieth time that it is reached. */
export interface Crash {
  readonly point: typeof crashPoints[number];
  readonly time: number;
}

/** Wrappers that end the process by SIGKILL when the point is reached for the given time. */
export function crashAt({ point, time }: Crash): Wrappers {
  let reached = 0;
  const reach = (now: Crash["point"]) => {
    if (now === point && ++reached === time) process.kill(process.pid, "SIGKILL");
  };
  let planned = 0;
  let completed = 0;
  return {
    store: (store) => ({
      ...store,
      async upload(...args) {
        reach("before upload");
        const upload = await store.upload(...args);
        reach("after upload");
        return upload;
      },
      async complete(...args) {
        const completion = await store.complete(...args);
        completed++;
        reach(completed < planned ? "in the middle of completion" : "after completion");
        return completion;
      },
    }),
    commit: (commit) => async (partitions) => {
      const uploads = new Set(
        partitions.flatMap(({ metadata }) =>
          (JSON.parse(metadata).files as [string, string, number][]).map(([, id]) => id)
        ),
      );
      await commit(partitions);
      planned = uploads.size;
      completed = 0;
      reach(planned > 0 ? "after plan" : "after advance");
    },
  };
}
