import type { Type } from "../../shared/catalogue/events.ts";

/** What a landing does for a file, in this order. */
export const steps = ["upload", "plan", "complete", "advance"] as const;

/** A step that was done; its times in ms since the epoch. */
export interface TimedStep {
  readonly step: typeof steps[number];
  /** The file, if it was done for one only. */
  readonly key?: string;
  readonly from: number;
  readonly to: number;
}

/** Files that landed together: one plan, and one advance of their offsets. */
export interface Round {
  readonly type: Type;
  readonly topic: string;
  /** Its batches; one without rows has no key. */
  readonly files: readonly {
    readonly key?: string;
    readonly rows: number;
    readonly bytes: number;
    /** In ms since the epoch, as are the others. */
    readonly cutAt: number;
  }[];
  readonly steps: readonly TimedStep[];
  /** The traces in which its messages were sent: their `traceparent` headers. */
  readonly links: readonly string[];
  /** When its offsets were committed. */
  readonly to: number;
}

/** The steps of a round, or of one of its files, with the time that each took. */
export class StepTimes {
  readonly steps: TimedStep[] = [];

  /** Does a step, and notes when, unless it fails. */
  async take<T>(step: TimedStep["step"], work: () => Promise<T>, key?: string): Promise<T> {
    const from = preciseNow();
    const result = await work();
    this.steps.push({ step, key, from, to: preciseNow() });
    return result;
  }
}

/** This machine's time, in ms since the epoch, on a clock that is never set back. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
