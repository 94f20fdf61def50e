import type { Bed } from "./bed.ts";
import { busySeconds, cpuOf } from "./usage.ts";

/** What processors have done until a moment. */
export interface Sample {
  /** In ms. */
  readonly at: number;
  /** CPU time of the programs that are measured, in s; NaN when one has ended. */
  readonly cpu: number;
  /** CPU time of the S3 server, in s. */
  readonly s3: number;
  /** CPU time of all that belongs to the bench, in s. */
  readonly ours: number;
  /** CPU time of everything, in s. */
  readonly busy: number;
}

/** Takes a sample of programs on a bed. */
export function sampleOf(pids: readonly number[], bed: Bed): Sample {
  const cpu = pids.reduce((sum, pid) => sum + (cpuOf(pid) ?? NaN), 0);
  const s3 = cpuOf(bed.s3)!;
  const others = [...bed.brokers, "self" as const].map((one) => cpuOf(one)!);
  const ours = others.reduce((sum, one) => sum + one, cpu + s3);
  return { at: performance.now(), cpu, s3, ours, busy: busySeconds() };
}

/** Processors that others have kept busy from one sample to the next. */
export function foreignBetween(first: Sample, last: Sample): number {
  const foreign = last.busy - first.busy - (last.ours - first.ours);
  return Math.max(0, foreign / ((last.at - first.at) / 1_000));
}
