import { resolve } from "node:path";
import type { Settings } from "../shared/cli/settings.ts";
import { airflow } from "./airflow.ts";
import { consoleService } from "./console.ts";
import { localServices } from "./local_services.ts";
import { kafkaBroker } from "./kafka_broker.ts";
import { findService, onceListed } from "./find_service.ts";
import { holdLock } from "./lock.ts";
import { printLogs } from "./native_logs.ts";
import type { DefineService, Folders } from "./native_service.ts";
import { startMissing } from "./native_start.ts";
import { purge, stopServices } from "./native_stop.ts";
import { postgres, purgePostgres } from "./postgres.ts";
import { UnknownStateError } from "./process.ts";
import type { Runtime, RuntimeOptions, ServiceName, ServiceStatus } from "./runtime.ts";
import { addressOf, startedByDefault } from "./services.ts";
import { requireUnused } from "./unused_data.ts";
import { versitygw } from "./versitygw.ts";
import { zookeeper } from "./zookeeper.ts";

/** Jars and programs are the same for every RUNTIME_DIR: the tests' services use the pipeline's. */
const DOWNLOADS = resolve(import.meta.dirname!, "../.runtime");

const SERVICES: readonly DefineService[] = [
  ...[zookeeper, kafkaBroker, versitygw, postgres],
  ...[consoleService, airflow],
];

/**
 * The runtime without Docker: detached processes on this machine, their files in the settings'
 * runtimeDir.
 *
 * @param options.downloads folder of jars and programs
 * @param options.services the services that it has, in the order of starting; others are passed over
 */
export function nativeRuntime(
  settings: Settings,
  options: { downloads?: string; services?: readonly DefineService[] } = {},
): Runtime {
  const folders: Folders = {
    runtimeDir: resolve(settings.runtimeDir),
    downloads: resolve(options.downloads ?? DOWNLOADS),
  };
  const all = (options.services ?? SERVICES).map((define) => define(settings, folders));
  const chosen = (names?: readonly ServiceName[]) =>
    all.filter(({ name }) => names?.includes(name) ?? true);

  return {
    name: "native",
    async start(options) {
      using _lock = await lockRuntime(folders, options);
      const { services: names = startedByDefault("native") } = options;
      const wanted = chosen(localServices("native", names, settings, options.log));
      return await startMissing(wanted, settings, folders, options);
    },
    async stop(options) {
      using _lock = await lockRuntime(folders, options);
      const names = chosen(options.services).map(({ name }) => name);
      const wasRunning = await stopServices(names, folders, options);
      if (options.purge) {
        await requireUnused(names, settings, folders);
        await purge(names, folders);
        if (names.includes("warehouse")) await purgePostgres(folders.runtimeDir);
      }
      return { wasRunning };
    },
    logs: (options) => printLogs(all.map(({ name }) => name), folders, options),
    async status() {
      const list = onceListed();
      return await Promise.all(all.map(async ({ name }): Promise<ServiceStatus> => {
        const address = addressOf(name, settings.ports);
        try {
          const found = await findService(name, folders, list);
          return found
            ? { name, state: "running", address, pid: found.pid }
            : { name, state: "stopped", address };
        } catch (error) {
          if (!(error instanceof UnknownStateError)) throw error;
          return { name, state: "unknown", why: error.message, address };
        }
      }));
    },
  };
}

async function lockRuntime({ runtimeDir }: Folders, { log, signal }: RuntimeOptions) {
  await Deno.mkdir(runtimeDir, { recursive: true });
  const onWait = () =>
    log("Waiting for another command to finish starting or stopping the services…");
  return await holdLock(`${runtimeDir}/services.lock`, { signal, onWait });
}
