/// <reference lib="dom" />
import { useEffect, useRef, useState } from "preact/hooks";
import type { TailTick } from "../api/search.ts";
import type { Message } from "../topics/message.ts";
import { ApiError } from "./api.ts";

/** What comes, as far as it is shown. */
export interface Tail {
  /** The newest first. */
  readonly rows: readonly Message[];
  /** Of late, messages a second: those that came and are looked for, and those that were sent here. */
  readonly rate: number;
  readonly shownRate: number;
  /** All that came, and what of it was looked at, a second. */
  readonly cameRate: number;
  readonly lookedAtRate: number;
  /** How many of those that are looked for came since it was paused. */
  readonly missed: number;
  readonly isLive: boolean;
  readonly error?: ApiError;
}

/** How many messages are kept. */
export const KEPT = 200;
/** Over how many looks a rate is averaged. */
const SMOOTHED = 6;

interface State {
  /** The newest first. */
  readonly rows: readonly Message[];
  readonly ticks: readonly TailTick[];
  /** How many came that are looked for. */
  readonly matched: number;
  readonly isLive: boolean;
  readonly error?: ApiError;
}

const NOTHING: State = { rows: [], ticks: [], matched: 0, isLive: false };

/**
 * Follows a topic.
 *
 * @param query as `GET /api/tail` takes it; undefined: follows nothing
 * @param isPaused what comes is counted, and shown afterwards
 */
export function useTail(query: Record<string, string> | undefined, isPaused: boolean): Tail {
  const [state, setState] = useState<State>(NOTHING);
  const frozen = useRef<State | undefined>(undefined);
  const parameters = query && new URLSearchParams(query).toString();
  useEffect(() => {
    if (parameters === undefined) return;
    setState(NOTHING);
    const source = new EventSource(`/api/tail?${parameters}`);
    source.addEventListener("tick", ({ data }) => {
      const tick = JSON.parse(data) as TailTick;
      setState((state) => ({
        rows: [...tick.messages.toReversed(), ...state.rows].slice(0, KEPT),
        ticks: [...state.ticks, tick].slice(-SMOOTHED),
        matched: state.matched + tick.matched,
        isLive: true,
      }));
    });
    source.addEventListener("problem", ({ data }) => {
      const { message, hint, isAway } = JSON.parse(data);
      if (!isAway) source.close();
      setState((state) => ({ ...state, isLive: false, error: new ApiError(message, hint) }));
    });
    // It connects again by itself, and goes on where it was.
    source.addEventListener("error", () => setState((state) => ({ ...state, isLive: false })));
    return () => source.close();
  }, [parameters]);
  frozen.current = isPaused ? frozen.current ?? state : undefined;
  const seconds = state.ticks.reduce((sum, { seconds }) => sum + seconds, 0);
  const perSecond = (of: (tick: TailTick) => number) =>
    seconds > 0 ? state.ticks.reduce((sum, tick) => sum + of(tick), 0) / seconds : 0;
  return {
    rows: (frozen.current ?? state).rows,
    missed: state.matched - (frozen.current ?? state).matched,
    rate: perSecond(({ matched }) => matched),
    shownRate: perSecond(({ messages }) => messages.length),
    cameRate: perSecond(({ came }) => came),
    lookedAtRate: perSecond(({ lookedAt }) => lookedAt),
    isLive: state.isLive,
    error: state.error,
  };
}
