import type pg from "pg";
import { UserError } from "../../shared/cli/errors.ts";
import { catalogueViewsSql } from "./catalogue_views.ts";
import { commentColumns } from "./comments.ts";
import { addFactTables, missingColumns } from "./fact_tables.ts";
import { stagingSql } from "./staging.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";

/** The migrations in order: the n-th brings the schema to version n. */
const SCRIPTS = [
  "schema.sql",
  "migrations/0002_analytics.sql",
  "migrations/0003_topic_ids.sql",
  "migrations/0004_freshness.sql",
  "migrations/0005_members.sql",
  "migrations/0006_values.sql",
  "migrations/0007_sources.sql",
  "migrations/0008_members_settled.sql",
];

/** The version of the schema that this program works with. */
export const SCHEMA_VERSION = SCRIPTS.length;

/** The first with foreign keys that are not enforced, which fact_telemetry uses. */
const SERVER_MAJOR = 18;

/** The advisory lock that serialises programs migrating at the same time; an arbitrary number. */
const MIGRATION_LOCK = 2_026_022_601;

/**
 * Migrates the warehouse's schema to this program's version and catalogue in one transaction;
 * several programs may do so at once. The data stays.
 *
 * @param log called with what was done
 * @throws {UserError} when a newer program has migrated it; PostgreSQL's errors
 */
export async function migrate(client: pg.Client, log: (line: string) => void): Promise<void> {
  const isReady = async () =>
    await schemaVersion(client) === SCHEMA_VERSION && (await missingColumns(client)).length === 0;
  if (await isReady()) return;
  const { rows: [{ server }] } = await client.query(
    "SELECT current_setting('server_version') AS server",
  );
  requireServer(server);
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    const made: string[] = [];
    for (let version = await schemaVersion(client);;) {
      // A migration may change the fact table of any type, so all must exist before the second.
      if (version > 0) made.push(...await addFactTables(client));
      if (version === SCHEMA_VERSION) break;
      const script = SCRIPTS[version++]!;
      await client.query(await Deno.readTextFile(new URL(script, import.meta.url)));
      await client.query("INSERT INTO warehouse.schema_version (version) VALUES ($1)", [version]);
      log(`The warehouse's schema is at version ${version} now (${script})`);
    }
    await client.query(stagingSql());
    await client.query(catalogueViewsSql());
    await commentColumns(client);
    await client.query("COMMIT");
    for (const table of made) log(`The warehouse's schema has ${table} as the catalogue says now`);
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/**
 * Makes sure that a server supports the schema.
 *
 * @param version as the server reports it, such as "18.4 (Debian 18.4-1)"
 * @throws {UserError} when it is older than 18
 */
export function requireServer(version: string): void {
  if (parseInt(version) >= SERVER_MAJOR) return;
  throw new UserError(
    `The warehouse's server is PostgreSQL ${version}: ${SERVER_MAJOR} or newer is required`,
    "upgrade it, or set WAREHOUSE_URL to another",
  );
}

/**
 * Makes sure that the schema has this program's version and catalogue, for programs that only read.
 *
 * @throws {UserError} when it does not
 */
export async function requireSchema(client: pg.Client): Promise<void> {
  const version = await schemaVersion(client);
  const [missing] = version === SCHEMA_VERSION ? await missingColumns(client) : [];
  if (version === SCHEMA_VERSION && !missing) return;
  throw new UserError(
    missing
      ? `The warehouse's schema has no ${missing.schema}.${missing.table}.${missing.column}, which the catalogue has`
      : version === 0
      ? "The warehouse has no schema yet"
      : `The warehouse's schema is at version ${version}, this program needs ${SCHEMA_VERSION}`,
    `run: ${taskCommand("etl")} (it makes the schema, or brings it up to date)`,
  );
}

/**
 * The version of the warehouse's schema; 0 if there is none.
 *
 * @throws {UserError} when a newer program has migrated it; PostgreSQL's errors
 */
export async function schemaVersion(client: pg.ClientBase): Promise<number> {
  const { rows: [{ there }] } = await client.query(
    "SELECT to_regclass('warehouse.schema_version') IS NOT NULL AS there",
  );
  if (!there) return 0;
  const { rows: [{ version }] } = await client.query(
    "SELECT coalesce(max(version), 0) AS version FROM warehouse.schema_version",
  );
  if (version <= SCHEMA_VERSION) return version;
  throw new UserError(
    `The warehouse's schema is at version ${version}, this program knows ${SCHEMA_VERSION} at most`,
    "update this program: a newer version has used this warehouse",
  );
}
