import { warehouseAddress } from "../shared/postgres/address.ts";
import { s3Elsewhere } from "../shared/s3/client.ts";
import type { Settings } from "../shared/cli/settings.ts";
import type { ServiceName } from "./runtime.ts";

/**
 * The services to start without those that the settings have elsewhere.
 *
 * @param log called with a line for each service that is left out
 */
export function localServices(
  names: readonly ServiceName[],
  settings: Settings,
  log: (line: string) => void,
): ServiceName[] {
  const s3 = s3Elsewhere(settings);
  const elsewhere: Partial<Record<ServiceName, string>> = {
    ...s3 === undefined ? {} : { s3: `${s3}; not starting a local S3` },
    ...settings.warehouseUrl === undefined ? {} : {
      warehouse: `The warehouse is ${
        warehouseAddress(settings)
      }, from WAREHOUSE_URL; no local PostgreSQL is started`,
    },
  };
  return names.filter((name) => {
    const where = elsewhere[name];
    if (where !== undefined) log(where);
    return where === undefined;
  });
}
