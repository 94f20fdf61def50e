/// <reference lib="dom" />
import { useEffect, useState } from "preact/hooks";
import type { Flow, Point } from "../flow/flow.ts";

/** The pipeline as it is told, and whether it still is. */
export interface FlowStream {
  readonly flow: Flow | undefined;
  readonly points: readonly Point[];
  readonly isLive: boolean;
}

/** How many seconds of points are kept, and how many of them at most. */
const SPAN_S = 15 * 60;
const MOST = 1_000;

/** Follows the pipeline live. While the page is hidden nothing is told. */
export function useFlow(): FlowStream {
  const [state, setState] = useState<FlowStream>({ flow: undefined, points: [], isLive: false });
  useEffect(() => {
    let source: EventSource | undefined;
    const open = () => {
      source = new EventSource("/api/flow");
      source.addEventListener("start", ({ data }) => {
        const { points, flow } = JSON.parse(data);
        setState({ points, flow, isLive: true });
      });
      source.addEventListener("seen", ({ data }) => {
        const { point, flow } = JSON.parse(data) as { point: Point; flow: Flow };
        setState(({ points }) => ({
          flow,
          points: [...points.filter(({ at }) => at >= point.at - SPAN_S && at < point.at), point]
            .slice(-MOST),
          isLive: true,
        }));
      });
      source.addEventListener("error", () => setState((state) => ({ ...state, isLive: false })));
    };
    const visibility = () => {
      source?.close();
      if (!document.hidden) open();
    };
    document.addEventListener("visibilitychange", visibility);
    open();
    return () => {
      source?.close();
      document.removeEventListener("visibilitychange", visibility);
    };
  }, []);
  return state;
}
