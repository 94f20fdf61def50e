/// <reference lib="dom" />
import { useRef } from "preact/hooks";
import type { Groups, Progress } from "../groups/groups.ts";

/** What was seen of a group's lag while it was looked at, the last 15 minutes. */
export interface Lags {
  /** In s since the epoch. */
  readonly times: readonly number[];
  readonly total: readonly number[];
  /** The lag of a partition, at each of the times at which it was known. */
  of(partition: Progress): readonly number[];
  /** By how many offsets it grows in a second, of late; undefined: it was looked at once only. */
  changeOf(partition: Progress): number | undefined;
}

const SPAN_S = 15 * 60;
/** Over how many looks a change is averaged. */
const SMOOTHED = 8;

interface Look {
  readonly at: number;
  readonly total: number;
  readonly lags: ReadonlyMap<string, number>;
}

/** Keeps what is seen of a group. */
export function useLags(groups: Groups | undefined): Lags {
  const looks = useRef<Look[]>([]);
  const kept = useRef<Lags>(lagsOf([]));
  const [group] = groups?.groups ?? [];
  if (groups && group && groups.at / 1000 !== looks.current.at(-1)?.at) {
    const at = groups.at / 1000;
    const lags = new Map(group.partitions.map((one) => [placeOf(one), one.lag]));
    const total = group.partitions.reduce((sum, { lag }) => sum + lag, 0);
    looks.current = [...looks.current.filter((look) => look.at >= at - SPAN_S), {
      at,
      total,
      lags,
    }];
    kept.current = lagsOf(looks.current);
  }
  return kept.current;
}

function lagsOf(looks: readonly Look[]): Lags {
  const seen = (partition: Progress) =>
    looks.flatMap(({ at, lags }) => {
      const lag = lags.get(placeOf(partition));
      return lag === undefined ? [] : [{ at, lag }];
    });
  return {
    times: looks.map(({ at }) => at),
    total: looks.map(({ total }) => total),
    of: (partition) => seen(partition).map(({ lag }) => lag),
    changeOf(partition) {
      const late = seen(partition).slice(-SMOOTHED);
      const [first, last] = [late[0], late.at(-1)];
      return first && last && last.at > first.at
        ? (last.lag - first.lag) / (last.at - first.at)
        : undefined;
    },
  };
}

function placeOf({ topic, partition }: Progress): string {
  return `${topic}/${partition}`;
}
