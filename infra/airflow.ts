import { resolve } from "node:path";
import { DAG } from "../shared/formats/airflow_dag.ts";
import type { AirflowAccess } from "../shared/cli/settings.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { type DefineService, markerOf } from "./native_service.ts";
import { fetchVenv, type Packages } from "./python_venv.ts";
import { ensureWritable } from "./writable.ts";

const PROJECT = resolve(import.meta.dirname!, "..");
const PACKAGES: Packages = {
  title: "Airflow",
  name: "airflow",
  requirements: resolve(PROJECT, "airflow/requirements.txt"),
  hint: `install it, or start a Docker engine; without Airflow, use: ${taskCommand("etl --watch")}`,
};

/** How long the first start may take, in ms: it creates the database and parses the DAG. */
const TIMEOUT_MS = 120_000;

/** Airflow, which runs the loader: API server, scheduler and DAG processor of airflow/serve.py. */
export const airflow: DefineService = (settings, folders) => ({
  name: "airflow",
  timeout: TIMEOUT_MS,
  async prepare(options) {
    const home = markerOf("airflow", folders);
    await ensureWritable(home, "Airflow");
    const { ports, bucket, archiveBucket, sourceTimeZone, warehouseUrl, runtimeDir } = settings;
    const { username, password } = settings.airflow;
    return {
      command: await fetchVenv({ folder: folders.downloads, ...options }, PACKAGES),
      args: [resolve(PROJECT, "airflow/serve.py"), home],
      env: {
        AIRFLOW_HOME: home,
        AIRFLOW_USERNAME: username,
        AIRFLOW_PASSWORD: password,
        AIRFLOW__API__HOST: "127.0.0.1",
        AIRFLOW__API__PORT: String(ports.airflow),
        AUTOMOTIVE_HOME: PROJECT,
        // Signals to the npm package's own program would not reach the real one.
        AUTOMOTIVE_DENO: Deno.execPath(),
        // The loader's settings, wherever ours come from.
        RAW_BUCKET: bucket,
        ARCHIVE_BUCKET: archiveBucket,
        SOURCE_TIME_ZONE: sourceTimeZone,
        S3_PORT: String(ports.s3),
        WAREHOUSE_PORT: String(ports.warehouse),
        WAREHOUSE_URL: warehouseUrl ?? "",
        RUNTIME_DIR: runtimeDir,
      },
    };
  },
  ask: (signal) =>
    askAirflow(`http://127.0.0.1:${settings.ports.airflow}`, settings.airflow, signal),
});

/** Rejects with why Airflow, or its DAG, cannot be used yet. */
async function askAirflow(
  url: string,
  { username, password }: AirflowAccess,
  signal: AbortSignal,
): Promise<void> {
  const health = await getJson(`${url}/api/v2/monitor/health`, { signal });
  for (const part of ["scheduler", "dag_processor"]) {
    const status = health[part]?.status;
    if (status !== "healthy") throw new Error(`its ${part} is ${status ?? "not up yet"}`);
  }
  const body = JSON.stringify({ username, password });
  const headers = { "content-type": "application/json" };
  const login = await getJson(`${url}/auth/token`, { method: "POST", body, headers, signal });
  const authorization = `Bearer ${login.access_token}`;
  const { import_errors: [broken] } = await getJson(`${url}/api/v2/importErrors`, {
    headers: { authorization },
    signal,
  });
  if (broken) throw new Error(`its DAG cannot be imported: ${broken.stack_trace}`);
  await getJson(`${url}/api/v2/dags/${DAG}`, { headers: { authorization }, signal });
}

// deno-lint-ignore no-explicit-any -- whatever Airflow returns; what it lacks is an error above
async function getJson(url: string, init: RequestInit): Promise<any> {
  const response = await fetch(url, init);
  if (response.ok) return await response.json();
  await response.body?.cancel();
  throw new Error(`${new URL(url).pathname} answers ${response.status}`);
}
