import { Hono } from "hono";
import { listRuns } from "../../shared/cli/run_records.ts";
import type { Parts } from "../server.ts";

export type { RunKind, RunRecord } from "../../shared/cli/run_records.ts";

/** `GET /runs`: the records of demo, verify, torture, simulate and bench, newest first. */
export function runsApi({ connections }: Parts): Hono {
  const api = new Hono();
  api.get(
    "/runs",
    async (context) => context.json(await listRuns(connections.settings.runtimeDir)),
  );
  return api;
}
