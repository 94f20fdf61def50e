import { Hono } from "hono";
import { listRuns, type RunRecord } from "../../shared/cli/run_records.ts";
import type { Parts } from "../server.ts";

/** The runs that have ended, newest first. */
export type Runs = readonly RunRecord[];

/** `GET /runs`: the records of demo, scenarios, verify, torture, simulate and bench, newest first. */
export function runsApi({ connections }: Parts): Hono {
  const api = new Hono();
  api.get(
    "/runs",
    async (context) => context.json<Runs>(await listRuns(connections.settings.runtimeDir)),
  );
  return api;
}
