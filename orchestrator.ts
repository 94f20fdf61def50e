import "./shared/require_permissions.ts";
import process from "node:process";
import { accessPoints, airflowAccessPoints } from "./infra/access_points.ts";
import type { Runtime } from "./infra/runtime.ts";
import { selectRuntime } from "./infra/select_runtime.ts";
import { demo } from "./orchestration/demo.ts";
import { type OrchestratorOptions, parseOrchestratorOptions } from "./orchestration/options.ts";
import { runPrograms } from "./orchestration/run_programs.ts";
import { showStatus } from "./orchestration/show_status.ts";
import { stopPrograms } from "./orchestration/stop_all.ts";
import { runEntry } from "./shared/entry.ts";
import { loadSettings } from "./shared/environment.ts";
import { listRunning } from "./shared/running.ts";
import { ensureBucket, s3Client } from "./shared/s3.ts";
import type { Settings } from "./shared/settings.ts";
import { usesLocalS3 } from "./shared/which_s3.ts";
import { taskCommand } from "./shared/task_command.ts";

const log = (line: string) => console.log(line);

/** How long the demo runs unless `--duration` says otherwise, in s. */
const DEMO_SECONDS = 90;

await runEntry(async (signal) => {
  const options = parseOrchestratorOptions(Deno.args);
  // What it starts inherits it. A shell where AWS is at hand is no wish to run the demo there.
  const which = options.s3 ?? (options.demo ? "local" : undefined);
  if (which) process.env.S3 = which;
  const settings = loadSettings();
  const lands = options.demo || options.kafkaStart && options.consumer;
  // Nothing is started for a bucket that cannot be used.
  if (lands && !usesLocalS3()) await ensureBucket(s3Client(settings), settings, signal);
  const runtime = () => selectRuntime(settings, { signal });
  if (options.demo) {
    const { duration: seconds = DEMO_SECONDS } = options;
    return await demo(settings, await runtime(), { seconds, log, signal });
  }
  if (options.status) return await showStatus(settings, await runtime(), { log, signal });
  if (options.airflowStart) return await startAirflow(settings, await runtime(), signal);
  if (options.airflowStop) return await stopAirflow(await runtime(), signal);
  if (options.stopAll || options.kafkaStop) {
    return await stop(settings, await runtime(), options, signal);
  }
  if (options.kafkaStart) await start(settings, await runtime(), signal);
  if (options.producers || options.consumer) {
    const code = await runPrograms(options, settings, { log, signal });
    if (options.kafkaStart) {
      log(`The services go on running; to stop them: ${taskCommand("kafka:stop")}`);
    }
    return code;
  }
});

async function start(settings: Settings, runtime: Runtime, signal: AbortSignal): Promise<void> {
  const { alreadyRunning } = await runtime.start({ log, signal });
  if (alreadyRunning) log("The services are already running");
  for (const line of accessPoints(settings, runtime.name)) log(line);
}

async function startAirflow(
  settings: Settings,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<void> {
  // What its tasks need runs with it.
  const services = ["s3", "warehouse", "airflow"] as const;
  const { alreadyRunning } = await runtime.start({ services, log, signal });
  if (alreadyRunning) log("Airflow is already running");
  for (const line of airflowAccessPoints(settings)) log(line);
}

async function stopAirflow(runtime: Runtime, signal: AbortSignal): Promise<void> {
  const { wasRunning } = await runtime.stop({ services: ["airflow"], log, signal });
  log(wasRunning ? "✅ Airflow stopped" : "Airflow was not running");
}

async function stop(
  settings: Settings,
  runtime: Runtime,
  { stopAll, purge }: OrchestratorOptions,
  signal: AbortSignal,
): Promise<void> {
  if (stopAll && await stopPrograms(settings, { log, signal }) === 0) {
    log("No producer, consumer or loader was running");
  }
  const { wasRunning } = await runtime.stop({ purge, log, signal });
  log(wasRunning ? "✅ Services stopped" : "The services were not running");
  if (purge) log("Their data is deleted");
  if (!stopAll && (await listRunning(settings.runtimeDir)).length > 0) {
    log(
      `Producers or consumers go on running, and wait for Kafka; to end them: ${
        taskCommand("stop")
      }`,
    );
  }
}
