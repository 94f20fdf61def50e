import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Seen } from "../flow/watch.ts";
import type { Parts } from "../server.ts";

/** How often a stream says that it lives where nothing else is said, in ms. */
const ALIVE_MS = 15_000;

/**
 * `GET /flow`: the state of the pipeline as server-sent events: `start` with the charts' last 15 minutes
 * and the state now, then `seen` with each look.
 */
export function flowApi({ watch, signal }: Parts): Hono {
  const api = new Hono();
  api.get("/flow", (context) =>
    streamSSE(context, async (stream) => {
      const ended = Promise.withResolvers<void>();
      stream.onAbort(ended.resolve);
      signal.addEventListener("abort", () => ended.resolve(), { once: true });
      const send = async (event: string, data: unknown) => {
        // A page that reads slower than it is told misses some looks, and memory stays bounded.
        if (sending) return;
        sending = true;
        await stream.writeSSE({ event, data: JSON.stringify(data) }).catch(ended.resolve);
        sending = false;
      };
      let sending = false;
      await send("start", { points: watch.history.points, flow: watch.latest?.flow });
      using _watching = watch.watch((seen: Seen) => void send("seen", seen));
      const alive = setInterval(() => void send("alive", {}), ALIVE_MS);
      await ended.promise;
      clearInterval(alive);
    }));
  return api;
}
