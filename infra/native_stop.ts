import { type Folders, markerOf } from "./native_service.ts";
import { endProcess } from "./process.ts";
import type { RuntimeOptions, ServiceName } from "./runtime.ts";
import { readRecord, removeRecord } from "./service_record.ts";
import { services } from "./services.ts";

/** Stops services in the reverse of their order of starting; resolves to whether one ran. */
export async function stopServices(
  names: ServiceName[],
  folders: Folders,
  options: RuntimeOptions,
): Promise<boolean> {
  let wasRunning = false;
  for (const name of names.toReversed()) {
    const record = await readRecord(folders.runtimeDir, name);
    if (!record) continue;
    wasRunning = true;
    options.log(`Stopping ${services[name].title}…`);
    const { stopSignal } = services[name];
    await endProcess(record.pid, markerOf(name, folders), { ...options, stopSignal });
    await removeRecord(folders.runtimeDir, name);
  }
  return wasRunning;
}

/** Deletes all that the services have written into the runtime folder. */
export async function purge(names: ServiceName[], { runtimeDir }: Folders): Promise<void> {
  const written = names.flatMap((name) => [
    `data/${name}`,
    `logs/${name}.log`,
    `logs/${name}.previous.log`,
    `config/${name}.properties`,
  ]);
  for (const path of written) {
    await Deno.remove(`${runtimeDir}/${path}`, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
