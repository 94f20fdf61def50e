import { Hono } from "hono";
import { lookAtGroups } from "../groups/groups.ts";
import type { Parts } from "../server.ts";

/** `GET /groups`: all consumer groups, or the one that `name` says: members, offsets and lag. */
export function groupsApi({ connections }: Parts): Hono {
  const api = new Hono();
  api.get("/groups", async (context) => {
    const name = context.req.query("name");
    return context.json(
      await connections.withKafka((kafka) => lookAtGroups(kafka, connections.settings, name)),
    );
  });
  return api;
}
