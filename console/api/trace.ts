import { Hono } from "hono";
import { UserError } from "../../shared/cli/errors.ts";
import { subjectOf } from "../../trace/subject.ts";
import { trace, type Traced } from "../../trace/trace.ts";
import type { Parts } from "../server.ts";

/** How many of a topic's last messages are searched for an event id. */
const SEARCHED = 100_000;

/** What the page is told. */
export type Trace = Traced;

/** `GET /trace?what=`: the way of an event id, a place, a file, a VIN or a vehicle id. */
export function traceApi({ connections }: Parts): Hono {
  const { s3, settings } = connections;
  const api = new Hono();
  api.get("/trace", async (context) => {
    const what = (context.req.query("what") ?? "").trim();
    if (what === "") throw new UserError("Nothing to trace", "give an event id, a place or a file");
    const { signal } = context.req.raw;
    return context.json<Trace>(
      await connections.withWarehouseIfThere((client) =>
        connections.withKafka(({ kafka, admin }) =>
          trace(subjectOf(what), { kafka, admin, client, signal, s3, settings, last: SEARCHED })
        )
      ),
    );
  });
  return api;
}
