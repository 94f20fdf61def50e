import { Hono } from "hono";
import { UserError } from "../../shared/cli/errors.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import { listRuns, type RunRecord } from "../../shared/cli/run_records.ts";
import type { Parts } from "../server.ts";

/** The runs that have ended, newest first. */
export type Runs = readonly RunRecord[];

/** `GET /runs`: the records of demo, scenarios, verify, torture, simulate and bench, newest first. */
export function runsApi({ connections, inContainer }: Parts): Hono {
  const api = new Hono();
  api.get("/runs", async (context) => {
    const runs = await listRuns(connections.settings.runtimeDir);
    if (inContainer && runs.length === 0) throw unseen();
    return context.json<Runs>(runs);
  });
  return api;
}

/** A folder that is empty, and one that is not the machine's, look the same from within. */
function unseen(): UserError {
  return new UserError(
    "No run has left a record that can be seen from the console's container",
    `a container that ${taskCommand("kafka:start")} has started sees those of ${
      taskCommand("demo")
    } and ${taskCommand("verify")}`,
  );
}
