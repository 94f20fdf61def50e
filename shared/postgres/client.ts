import pg from "pg";
import { explainWarehouse } from "./sql_state.ts";
import { type WarehouseTarget, warehouseUrl } from "./address.ts";

/** How long a server may take to accept a connection, in ms. */
const CONNECT_MS = 5_000;

/**
 * Connects to the warehouse. Dispose the client to disconnect.
 *
 * @param name the connection's application_name in pg_stat_activity
 * @throws {ServiceError} when the server cannot be reached or refuses us
 */
export async function connectWarehouse(
  target: WarehouseTarget,
  name: string,
): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({
    connectionString: warehouseUrl(target),
    application_name: `automotive-${name}`,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  // Without a listener, a server that goes away would end this program; the next query fails
  // anyway.
  client.on("error", () => {});
  try {
    await client.connect();
    // Times without a zone are UTC everywhere here; 02/03/2026 is never taken for a date.
    await client.query("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'");
  } catch (error) {
    await client.end().catch(() => {});
    throw explainWarehouse(error, target);
  }
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => client.end().catch(() => {/* It was lost before. */}),
  });
}
