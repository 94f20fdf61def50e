import type { Flow, Point, TopicFlow } from "./flow.ts";

/** How far the charts go back, in s. */
const SPAN_S = 15 * 60;
/** And how many points they have at most, however often somebody comes and has it look at once. */
const MOST = 1_000;

/** The points of the charts: the last 15 minutes, in memory of a fixed size. */
export class History {
  readonly points: Point[] = [];
  #last: Flow | undefined;

  /** Adds what a flow says; rates are those since the one before. */
  add(flow: Flow): Point {
    const before = this.#last;
    this.#last = flow;
    const point = pointOf(flow, before);
    this.points.push(point);
    const from = point.at - SPAN_S;
    while (this.points[0]!.at < from || this.points.length > MOST) this.points.shift();
    return point;
  }
}

function pointOf(flow: Flow, before: Flow | undefined): Point {
  const seconds = before ? (flow.at - before.at) / 1000 : NaN;
  const rate = (now: number | undefined, then: number | undefined): number | null =>
    // A topic that was made again begins anew.
    now === undefined || then === undefined || now < then || !(seconds > 0)
      ? null
      : (now - then) / seconds;
  const lag = (of: readonly TopicFlow[]) => of.reduce((sum, { lag }) => sum + lag, 0);
  const states = flow.types.flatMap(({ topicState }) => topicState ?? []);
  const ages = states.flatMap(({ lagSeconds }) => lagSeconds ?? []);
  return {
    at: flow.at / 1000,
    rates: flow.types.map(({ topicState }, i) =>
      rate(topicState?.end, before?.types[i]?.topicState?.end)
    ),
    landed: rate(landedRows(flow), before && landedRows(before)),
    landingSeconds: before ? meanLanding(flow, before) : null,
    lag: states.length === 0 ? null : lag(states),
    lagSeconds: ages.length > 0
      ? Math.max(...ages)
      : states.length > 0 && lag(states) === 0
      ? 0
      : null,
  };
}

/** Of the consumers that were there before, too: what others have landed may be of long ago. */
function meanLanding(flow: Flow, before: Flow): number | null {
  const sum = { files: 0, seconds: 0 };
  for (const { pid, consumer } of flow.programs ?? []) {
    const then = before.programs?.find((one) => one.pid === pid)?.consumer;
    if (!consumer || !then) continue;
    sum.files += consumer.landings.files - then.landings.files;
    sum.seconds += consumer.landings.seconds - then.landings.seconds;
  }
  return sum.files > 0 ? sum.seconds / sum.files : null;
}

/** Rows that the consumers of this machine have landed since they were started. */
function landedRows({ programs }: Flow): number | undefined {
  const consumers = (programs ?? []).flatMap(({ consumer }) => consumer ?? []);
  return consumers.length === 0
    ? undefined
    : consumers.reduce((sum, { totals }) => sum + totals.rows, 0);
}
