import { availableParallelism, totalmem } from "node:os";

/** What figures are worth comparing on. */
export interface Machine {
  readonly processors: number;
  readonly memoryGiB: number;
}

/** The machine on which this runs. */
export function thisMachine(): Machine {
  return { processors: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30) };
}
