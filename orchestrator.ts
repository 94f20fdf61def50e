import "./shared/cli/require_permissions.ts";
import process from "node:process";
import { accessPoints, airflowAccessPoints } from "./infra/access_points.ts";
import type { Runtime } from "./infra/runtime.ts";
import { selectRuntime } from "./infra/select_runtime.ts";
import { demo } from "./orchestration/demo.ts";
import { type OrchestratorOptions, parseOrchestratorOptions } from "./orchestration/options.ts";
import { runPrograms } from "./orchestration/run_programs.ts";
import { recordScenario } from "./orchestration/scenario_record.ts";
import { showStatus } from "./orchestration/show_status.ts";
import type { ScreenTerminal } from "./orchestration/screen.ts";
import { stopPrograms } from "./orchestration/stop_all.ts";
import { stillRunning } from "./orchestration/still_running.ts";
import { underWay } from "./orchestration/under_way.ts";
import { deleteSnapshots } from "./producers/world/snapshot_files.ts";
import { requireProfile } from "./shared/s3/aws_access.ts";
import { runEntry } from "./shared/cli/entry.ts";
import { loadSettings } from "./shared/cli/environment.ts";
import { interrupted } from "./shared/cli/interruption.ts";
import { listRunning } from "./shared/cli/running.ts";
import { ensureBucket, s3Client } from "./shared/s3/client.ts";
import type { Settings } from "./shared/cli/settings.ts";
import { usesLocalS3 } from "./shared/cli/which_s3.ts";
import { taskCommand } from "./shared/cli/task_command.ts";

const log = (line: string) => console.log(line);

/** How long the demo runs unless `--duration` says otherwise, in s. */
const DEMO_SECONDS = 90;

/** What a start or a stop may leave behind when it is ended at once. */
const SOME_RUN = `services may still be running; see: ${taskCommand("status")}, stop them: ${
  taskCommand("stop")
}`;

await runEntry(async (signal, leftBehind) => {
  const options = parseOrchestratorOptions(Deno.args);
  // What it starts inherits it. A shell where AWS is at hand is no wish to run the demo there.
  const which = options.s3 ?? (options.demo ? "local" : undefined);
  if (which) process.env.S3 = which;
  const settings = loadSettings();
  const lands = options.demo || options.kafkaStart && options.consumer;
  // Nothing is started for a bucket that cannot be used.
  if (lands && !usesLocalS3()) {
    requireProfile(options.demo ? ["consumer", "loader"] : ["consumer"], process.env);
    await ensureBucket(s3Client(settings), settings, signal);
  }
  const runtime = () => selectRuntime(settings, { signal });
  if (options.demo) {
    const { duration: seconds = DEMO_SECONDS } = options;
    const terminal = Deno.stdout.isTerminal() ? stdoutTerminal() : undefined;
    return await demo(settings, await runtime(), { seconds, log, signal, leftBehind, terminal });
  }
  if (options.status) {
    const { json, watch } = options;
    const terminal = Deno.stdout.isTerminal() ? stdoutTerminal() : undefined;
    return await showStatus(settings, await runtime(), { log, signal, json, watch, terminal });
  }
  {
    using _note = leftBehind.note(SOME_RUN);
    using told = underWay(log);
    const telling = { log: told.log, signal };
    if (options.airflowStart) return await startAirflow(settings, await runtime(), telling);
    if (options.airflowStop) return await stopAirflow(await runtime(), telling);
    if (options.stopAll || options.kafkaStop) {
      return await stop(settings, await runtime(), options, telling);
    }
    if (options.kafkaStart) await start(settings, await runtime(), telling);
  }
  if (options.producers || options.consumer) {
    const goOn = `The services keep running; to stop them: ${taskCommand("kafka:stop")}`;
    using _note = options.kafkaStart ? leftBehind.note(goOn) : undefined;
    const run = () => runPrograms(options, settings, { log, signal });
    const isScenario = options.kafkaStart && options.producers && options.consumer;
    const code = isScenario ? await recordScenario(settings, Deno.args, run) : await run();
    if (options.kafkaStart) log(goOn);
    return code;
  }
});

function stdoutTerminal(): ScreenTerminal {
  const encoder = new TextEncoder();
  const size = () => {
    try {
      return Deno.consoleSize();
    } catch {
      return { columns: 0, rows: 0 };
    }
  };
  return {
    // Some terminals do not know their size.
    columns: () => size().columns || 80,
    rows: () => size().rows || 24,
    write(text) {
      try {
        Deno.stdout.writeSync(encoder.encode(text));
      } catch {
        // It was closed: there is nobody who could be told.
      }
    },
  };
}

/** Where it is told what a start or a stop does, and what ends it early. */
interface Telling {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

async function start(
  settings: Settings,
  runtime: Runtime,
  { log, signal }: Telling,
): Promise<void> {
  const { alreadyRunning } = await orStopped(runtime.start({ log, signal }), signal);
  if (alreadyRunning) log("The services are already running");
  for (const line of accessPoints(settings, runtime.name)) log(line);
}

async function startAirflow(
  settings: Settings,
  runtime: Runtime,
  { log, signal }: Telling,
): Promise<void> {
  // What its tasks need runs with it.
  const services = ["s3", "warehouse", "airflow"] as const;
  const { alreadyRunning } = await orStopped(runtime.start({ services, log, signal }), signal);
  if (alreadyRunning) log("Airflow is already running");
  for (const line of airflowAccessPoints(settings)) log(line);
}

/** A start that is interrupted stops what it has started before it ends. */
async function orStopped<T>(started: Promise<T>, signal: AbortSignal): Promise<T> {
  return await started.catch((error) => {
    if (error !== signal.reason) throw error;
    throw interrupted(signal, "what this command had started was stopped");
  });
}

async function stopAirflow(runtime: Runtime, { log, signal }: Telling): Promise<void> {
  const { wasRunning } = await runtime.stop({ services: ["airflow"], log, signal });
  log(wasRunning ? "✅ Airflow stopped" : "Airflow was not running");
}

async function stop(
  settings: Settings,
  runtime: Runtime,
  { stopAll, purge }: OrchestratorOptions,
  { log, signal }: Telling,
): Promise<void> {
  try {
    if (stopAll && await stopPrograms(settings, { log, signal }) === 0) {
      log("No producer, consumer or loader was running");
    }
    const { wasRunning } = await runtime.stop({ purge, log, signal });
    if (purge) await deleteSnapshots(settings.runtimeDir);
    log(wasRunning ? "✅ Services stopped" : "The services were not running");
  } catch (error) {
    if (error !== signal.reason) throw error;
    const rest = await stillRunning(settings, runtime);
    throw interrupted(
      signal,
      rest.length > 0
        ? `${rest.join(", ")} are still running or shutting down`
        : "everything is stopped",
      `finish with:  ${
        taskCommand(`${stopAll ? "stop" : "kafka:stop"}${purge ? " --purge" : ""}`)
      }`,
    );
  }
  if (purge) log("Their data was deleted");
  if (!stopAll && (await listRunning(settings.runtimeDir)).length > 0) {
    log(
      `Producers or consumers are still running, waiting for Kafka; to stop them: ${
        taskCommand("stop")
      }`,
    );
  }
}
