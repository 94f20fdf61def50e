import { once } from "node:events";
import { Hono } from "hono";
import type { Parts } from "../server.ts";
import { answerStream } from "./stream.ts";

/** How often a stream says that it lives where nothing else is said, in ms. */
const ALIVE_MS = 15_000;

/**
 * `GET /flow`: the state of the pipeline as server-sent events: `start` with the charts' last 15 minutes
 * and the state now, then `seen` with each look.
 */
export function flowApi(parts: Parts): Hono {
  const { watch } = parts;
  const api = new Hono();
  api.get("/flow", (context) =>
    answerStream(context, parts, async (send, signal) => {
      let sending = false;
      const tell = async (event: string, data: unknown) => {
        // A page that reads slower than it is told misses some looks, and memory stays bounded.
        if (sending) return;
        sending = true;
        await send(event, data).finally(() => sending = false);
      };
      await tell("start", { points: watch.history.points, flow: watch.latest?.flow });
      signal.throwIfAborted();
      const gone = once(signal, "abort");
      using _watching = watch.watch((seen) => void tell("seen", seen).catch(() => {}));
      const alive = setInterval(() => void tell("alive", {}).catch(() => {}), ALIVE_MS);
      await gone.finally(() => clearInterval(alive));
    }));
  return api;
}
