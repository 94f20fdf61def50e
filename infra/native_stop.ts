import { UserError } from "../shared/cli/errors.ts";
import { requireService, type RunningService } from "./find_service.ts";
import type { Folders } from "./native_service.ts";
import { endProcess, UnknownStateError } from "./process.ts";
import type { RuntimeOptions, ServiceName } from "./runtime.ts";
import { removeRecord } from "./service_record.ts";
import { services } from "./services.ts";

/**
 * Stops services in the reverse of their order of starting; resolves to whether one ran.
 *
 * @throws {UserError} when one cannot be stopped, or it cannot be told whether it runs; `signal.reason`
 *   when aborted
 */
export async function stopServices(
  names: ServiceName[],
  folders: Folders,
  options: RuntimeOptions,
): Promise<boolean> {
  let wasRunning = false;
  for (const name of names.toReversed()) {
    for (;;) {
      const found = await requireService(name, folders);
      if (!found) break;
      wasRunning = true;
      options.log(`Stopping ${services[name].title}…`);
      await end(name, found, options);
      // Now only: a service without a record is harder to find.
      await removeRecord(folders.runtimeDir, name);
    }
  }
  return wasRunning;
}

async function end(
  name: ServiceName,
  { pid, marker }: RunningService,
  options: RuntimeOptions,
): Promise<void> {
  const { stopSignal, title } = services[name];
  try {
    await endProcess(pid, marker, { ...options, stopSignal });
  } catch (error) {
    if (!(error instanceof UnknownStateError)) throw error;
    throw new UserError(
      `Cannot stop ${title} (pid ${pid}): ${error.message}`,
      "run this as the user who started it, with the permission set orchestrator",
      { cause: error },
    );
  }
}

/** Deletes all that the services, which must not run, have written into the runtime folder. */
export async function purge(names: ServiceName[], { runtimeDir }: Folders): Promise<void> {
  const written = names.flatMap((name) => [
    `data/${name}`,
    `logs/${name}.log`,
    `logs/${name}.previous.log`,
    `config/${name}.properties`,
    `services/${name}.json`,
  ]);
  for (const path of written) {
    await Deno.remove(`${runtimeDir}/${path}`, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
