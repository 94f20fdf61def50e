import { UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { exists } from "./files.ts";
import type { Folders } from "./native_service.ts";
import { becomesFree, isFree, portHolder } from "./ports.ts";
import { findPostgres } from "./postgres_programs.ts";
import type { ServiceName } from "./runtime.ts";
import { readRecord } from "./service_record.ts";
import { portsOf, services } from "./services.ts";

/** The process name of a native service's program. */
const PROGRAMS: Partial<Record<ServiceName, RegExp>> = {
  zookeeper: /^java\b/,
  kafka: /^java\b/,
  s3: /^versitygw\b/,
  warehouse: /^postgres\b/,
  airflow: /^python|^gunicorn|^uvicorn|^airflow/,
};

/**
 * Makes sure that no server uses the data of services that seem stopped: whatever listens on their
 * ports, and may be one of them that was not recognised (as when the folder was moved), keeps their
 * data from being deleted.
 *
 * @throws {UserError} naming the port and who holds it
 */
export async function requireUnused(
  names: readonly ServiceName[],
  settings: Settings,
  folders: Folders,
): Promise<void> {
  for (const name of names) {
    if (!await exists(await dataOf(name, folders))) continue;
    const recorded = (await readRecord(folders.runtimeDir, name))?.ports ?? [];
    const configured = portsOf(name, settings.ports, "native").map(({ port }) => port);
    const ports = new Set([...configured, ...recorded]);
    for (const port of ports) {
      if (isFree(port)) continue;
      const holder = await portHolder(port);
      // Such as Docker, or another program of the user's.
      if (holder && !PROGRAMS[name]?.test(holder)) continue;
      if (await becomesFree(port)) continue;
      const { title } = services[name];
      throw new UserError(
        `Nothing was deleted: port ${port} of ${title} is in use by ${
          holder ?? "a program"
        }, which may be ${title} at work on its data`,
        `stop that program first, and then: ${taskCommand("kafka:stop --purge")}`,
      );
    }
  }
}

async function dataOf(name: ServiceName, { runtimeDir }: Folders): Promise<string> {
  // It may lie elsewhere.
  return name === "warehouse"
    ? (await findPostgres(runtimeDir)).data
    : `${runtimeDir}/data/${name}`;
}
