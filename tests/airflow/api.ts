import assert from "node:assert/strict";
import type { Settings } from "../../shared/cli/settings.ts";
import { until } from "../integration/wait.ts";

import { DAG } from "../../shared/formats/airflow_dag.ts";

/** A task of a run. */
export interface TaskInstance {
  readonly task_id: string;
  /** -1 if it was not mapped. */
  readonly map_index: number;
  /** What the page shows for a mapped task: its key. */
  readonly rendered_map_index: string | null;
  readonly state: string;
}

/** The REST API of a test's Airflow. */
export interface AirflowApi {
  /** The DAG as Airflow knows it. */
  dag(): Promise<{ has_import_errors: boolean; is_paused: boolean }>;
  /** What is wrong with its DAG files. */
  importErrors(): Promise<unknown[]>;
  /** Asks for a run; gives the status of the answer. */
  trigger(runId: string, conf: unknown): Promise<number>;
  /** The ids of the runs, or of those in a state. */
  runs(state?: string): Promise<string[]>;
  /** Waits for the end of a run; gives its state and its tasks. */
  ended(runId: string): Promise<{ state: string; tasks: TaskInstance[] }>;
}

/** Signs in to the Airflow of the settings. */
export async function airflowApi({ ports, airflow }: Settings): Promise<AirflowApi> {
  const base = `http://127.0.0.1:${ports.airflow}`;
  const { username, password } = airflow;
  const headers: Record<string, string> = { "content-type": "application/json" };
  const send = (path: string, method?: string, body?: object) =>
    fetch(`${base}${path}`, { method, headers, body: body && JSON.stringify(body) });
  // deno-lint-ignore no-explicit-any -- Airflow's own shapes; the tests look at what is in them
  const get = async (path: string, method?: string, body?: object): Promise<any> => {
    const response = await send(path, method, body);
    const text = await response.text();
    assert.ok(response.ok, `${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const login = await get("/auth/token", "POST", { username, password });
  headers.authorization = `Bearer ${login.access_token}`;
  const dag = `/api/v2/dags/${DAG}`;
  return {
    dag: () => get(dag),
    importErrors: async () => (await get("/api/v2/importErrors")).import_errors,
    async trigger(dag_run_id, conf) {
      const response = await send(`${dag}/dagRuns`, "POST", {
        logical_date: null,
        dag_run_id,
        conf,
      });
      await response.body?.cancel();
      return response.status;
    },
    runs: async (state) =>
      (await get(`${dag}/dagRuns?limit=100${state ? `&state=${state}` : ""}`)).dag_runs.map((
        run: { dag_run_id: string },
      ) => run.dag_run_id),
    async ended(runId) {
      let state = "";
      await until(`the run ${runId} has ended`, async () => {
        ({ state } = await get(`${dag}/dagRuns/${runId}`));
        return state === "success" || state === "failed";
      }, 180_000);
      const found = await get(`${dag}/dagRuns/${runId}/taskInstances?limit=100`);
      return { state, tasks: found.task_instances };
    },
  };
}
