import { warehouseAddress } from "../shared/postgres/address.ts";
import { s3Elsewhere } from "../shared/s3/client.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import type { Settings } from "../shared/cli/settings.ts";
import type { Runtime, ServiceName } from "./runtime.ts";

/**
 * The services to start without those that the settings have elsewhere. A console in a container has
 * the containers only, so it is left out where one of them is.
 *
 * @param log called with a line for each service that is left out
 */
export function localServices(
  runtime: Runtime["name"],
  names: readonly ServiceName[],
  settings: Settings,
  log: (line: string) => void,
): ServiceName[] {
  const s3 = s3Elsewhere(settings);
  const hasConsole = runtime === "native" || hasAllInContainers(settings);
  const elsewhere: Partial<Record<ServiceName, string>> = {
    ...s3 === undefined ? {} : { s3: `${s3}; not starting a local S3` },
    ...settings.warehouseUrl === undefined ? {} : {
      warehouse: `The warehouse is ${
        warehouseAddress(settings)
      }, from WAREHOUSE_URL; no local PostgreSQL is started`,
    },
    ...hasConsole ? {} : {
      console: `No console in a container, where it has the containers only; it is: ${
        taskCommand("console")
      }`,
    },
  };
  return names.filter((name) => {
    const where = elsewhere[name];
    if (where !== undefined) log(where);
    return where === undefined;
  });
}

/** Whether what the console looks at is all in containers of ours. */
export function hasAllInContainers(settings: Settings): boolean {
  const { brokers, ports, warehouseUrl } = settings;
  return s3Elsewhere(settings) === undefined && warehouseUrl === undefined &&
    brokers.join() === `localhost:${ports.kafka}`;
}
