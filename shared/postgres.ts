import pg from "pg";
import { rootMessage, UserError } from "./errors.ts";
import { allowHint, deniedAddress } from "./net_permission.ts";
import type { Settings } from "./settings.ts";
import { taskCommand } from "./task_command.ts";

/** The local warehouse's owner. It listens on this machine only. */
export const LOCAL_WAREHOUSE = {
  user: "automotive",
  password: "automotive-local",
  database: "automotive",
} as const;

type Target = Pick<Settings, "warehouseUrl" | "ports">;

/** The URL of the warehouse, with the password: for programs, and for people where it is the local one. */
export function warehouseUrl(target: Target): string {
  const { user, password, database } = LOCAL_WAREHOUSE;
  return target.warehouseUrl ??
    `postgresql://${user}:${password}@localhost:${target.ports.warehouse}/${database}`;
}

/** The address of the warehouse for people, without user and password. */
export function warehouseAddress(target: Target): string {
  const { hostname, port, pathname } = new URL(warehouseUrl(target));
  return `postgresql://${hostname}:${port || 5432}${pathname}`;
}

/** How long a server may take to accept a connection, in ms. */
const CONNECT_MS = 5_000;

/**
 * Connects to the warehouse. Dispose the client to disconnect.
 *
 * @param name how the connection is shown in pg_stat_activity
 * @throws {UserError} when the server cannot be reached or refuses us
 */
export async function connectWarehouse(
  target: Target,
  name: string,
): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({
    connectionString: warehouseUrl(target),
    application_name: `automotive-${name}`,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  // Without a listener, a server that ends would end this program; the next query fails anyway.
  client.on("error", () => {});
  try {
    await client.connect();
    // Times without a zone are UTC everywhere here; 02/03/2026 is no date anywhere.
    await client.query("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'");
  } catch (error) {
    await client.end().catch(() => {});
    throw explainWarehouse(error, target);
  }
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => client.end().catch(() => {/* It was lost before. */}),
  });
}

/** An error of PostgreSQL or of the way to it as a person needs it. Never shows a secret. */
export function explainWarehouse(error: unknown, target: Target): UserError {
  if (error instanceof UserError) return error;
  const code = sqlState(error);
  const denied = deniedAddress(error);
  const [why, hint] = denied
    ? [
      "this script's permission set does not allow the host",
      allowHint(denied),
    ]
    : code === "28P01" || code === "28000"
    ? ["it refused the user or the password", "correct the user and the password in WAREHOUSE_URL"]
    : code === "3D000"
    ? ["there is no such database", "create it (createdb), or correct WAREHOUSE_URL"]
    : code === "42501"
    ? [
      `${rootMessage(error)}`,
      "give the user of WAREHOUSE_URL the right to create schemas in the database, or to use ours",
    ]
    : code?.startsWith("53")
    ? [rootMessage(error), "free disk space, memory or connections of the server"]
    : target.warehouseUrl === undefined
    ? [rootMessage(error), `start it with: ${taskCommand("kafka:start")}`]
    : [rootMessage(error), "check WAREHOUSE_URL, the server and the network"];
  return new UserError(`Cannot use the warehouse at ${warehouseAddress(target)}: ${why}`, hint, {
    cause: error,
  });
}

/** Whether an error is PostgreSQL's, or says that its connection is lost. */
export function isWarehouseError(error: unknown): boolean {
  return sqlState(error) !== undefined ||
    error instanceof Error && LOST.test(`${(error as { code?: string }).code} ${error.message}`) &&
      !("$metadata" in error);
}

/** How node:net, and pg itself, say so. */
const LOST =
  /ECONN|EPIPE|ETIMEDOUT|Connection terminated|connection error and is not queryable|Client was closed/;

/**
 * PostgreSQL's code of an error, such as 23505; undefined if it is not the server's.
 *
 * Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? (error as { code?: string }).code : undefined;
}
