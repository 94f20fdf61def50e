import type { ConsumerStatus } from "../consumer/status/status.ts";
import { minutes } from "./status_text.ts";

/** The demo's progress. */
export interface DemoProgress {
  /** Time until everything is stopped, in s. */
  readonly secondsLeft: number;
  readonly published: number;
  /** How many events there will be. */
  readonly planned: number;
  /** Time until the next events, in s; undefined when that cannot be told. */
  readonly nextEventsIn?: number;
  /** The consumer's state; undefined while it does not respond. */
  readonly consumer?: Pick<ConsumerStatus, "openBatches" | "policy" | "totals" | "filesInFlight">;
  /** Events that are not committed as landed; undefined while Kafka does not respond. */
  readonly lag?: number;
  /** Files that are in the warehouse. */
  readonly loaded: number;
}

/** The demo's progress, and what comes next, in one line; a narrow terminal truncates it. */
export function progressText(progress: DemoProgress): string {
  const { secondsLeft, published, planned, consumer, lag, loaded } = progress;
  const parts = [
    `${published} of ${planned} events published`,
    ...lag === undefined ? [] : [`lag ${lag}`],
    `files landed ${consumer?.totals.files ?? "–"}, loaded ${loaded}`,
    ...consumer ? [openText(consumer)] : [],
  ];
  return `… ${minutes(Math.max(0, secondsLeft))} left, next: ${nextText(progress)}; ${
    parts.join("; ")
  }`;
}

function openText(
  { openBatches, policy }: Pick<ConsumerStatus, "openBatches" | "policy">,
): string {
  if (openBatches.length === 0) return "no open batch";
  const batches = openBatches.map(({ type, rows }) => `${type} ${rows}/${policy.rows}`);
  return `open batches: ${batches.join(", ")}`;
}

function nextText({ published, planned, nextEventsIn, consumer, loaded }: DemoProgress): string {
  if (published < planned) {
    return nextEventsIn === undefined
      ? "the first events"
      : `an event of each system in ${Math.max(0, Math.ceil(nextEventsIn))} s`;
  }
  const [first] = [...consumer?.openBatches ?? []]
    .toSorted((a, b) => a.cutsIn.seconds - b.cutsIn.seconds);
  if (first) {
    return `${first.type} lands in ${Math.ceil(first.cutsIn.seconds)} s at the latest`;
  }
  if (!consumer || loaded < consumer.totals.files || consumer.filesInFlight > 0) {
    return "landed files are loaded";
  }
  return "everything is stopped and verified when the time is up";
}
