import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { ServiceError, UserError } from "../../shared/cli/errors.ts";
import { explain } from "../../verify/explain_verify.ts";
import type { Parts } from "../server.ts";

/** Tells the page something: `id` is what a page that has lost the connection comes back with. */
export type Send = (event: string, data: unknown, id?: string) => Promise<void>;

/**
 * Answers with server-sent events for as long as `work` goes on. It is aborted when the page closes the
 * stream, and when the console stops. What is wrong is told as the event `problem`, the last one.
 */
export function answerStream(
  context: Context,
  { connections, signal }: Parts,
  work: (send: Send, signal: AbortSignal) => Promise<void>,
): Response {
  return streamSSE(context, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const over = AbortSignal.any([signal, gone.signal]);
    const send: Send = async (event, data, id) => {
      await stream.writeSSE({ event, data: JSON.stringify(data), id });
    };
    try {
      await work(send, over);
    } catch (thrown) {
      if (over.aborted) return;
      const error = explain(thrown, connections.settings);
      if (!(error instanceof UserError)) console.error(error);
      const { message, hint } = error instanceof UserError
        ? error
        : { message: `Unexpected error: ${error}`, hint: undefined };
      await send("problem", { message, hint, isAway: error instanceof ServiceError });
    }
  });
}
