import { connectWarehouse } from "../shared/postgres/client.ts";
import { LOCAL_WAREHOUSE } from "../shared/postgres/address.ts";
import { dirname } from "node:path";
import { UserError } from "../shared/cli/errors.ts";
import { runCommand } from "./command.ts";
import { exists, remove } from "./files.ts";
import { tail } from "./log_tail.ts";
import { type DefineService, markerOf } from "./native_service.ts";
import { copyPrograms, findPostgres, type PostgresHome } from "./postgres_programs.ts";
import { ensureWritable } from "./writable.ts";

/** PostgreSQL, the local warehouse. */
export const postgres: DefineService = (settings, folders) => ({
  name: "warehouse",
  async prepare({ log }) {
    await Deno.mkdir(folders.runtimeDir, { recursive: true });
    const home = await findPostgres(folders.runtimeDir);
    if (home.elsewhere) {
      log(
        `The warehouse lies in ${home.data}: PostgreSQL's user has no access to ${folders.runtimeDir}`,
      );
      await copyPrograms(home);
    }
    if (!await exists(`${home.data}/PG_VERSION`)) await initialise(home);
    await ensureWritable(home.data, "PostgreSQL");
    const settingsOfServer = [
      "listen_addresses=127.0.0.1",
      `port=${settings.ports.warehouse}`,
      // A socket would need a folder that no other server uses.
      "unix_socket_directories=",
      // Identifies our process; PostgreSQL accepts any setting with a dot in its name.
      markerOf("warehouse", folders),
    ];
    return {
      command: home.server,
      args: ["-D", home.data, ...settingsOfServer.flatMap((setting) => ["-c", setting])],
      user: home.user,
      cwd: home.data,
    };
  },
  async ask() {
    await using client = await connectWarehouse({ ...settings, warehouseUrl: undefined }, "infra");
    await client.query("SELECT 1");
  },
  // The children of a killed server hold its memory for a moment longer.
  isTransient: (log) =>
    log.includes("is still in use") || log.includes('lock file "postmaster.pid" already exists'),
});

/** Deletes the warehouse's data where it is not in the runtime folder. */
export async function purgePostgres(runtimeDir: string): Promise<void> {
  const { data, elsewhere } = await findPostgres(runtimeDir);
  if (elsewhere) await remove(data);
}

/** Creates the cluster and its database in a folder that gets its name when everything is done. */
async function initialise(home: PostgresHome): Promise<void> {
  const { user, password, database } = LOCAL_WAREHOUSE;
  const partial = `${home.data}.partial`;
  const secret = `${home.data}.password`;
  await remove(partial);
  await Deno.mkdir(dirname(partial), { recursive: true });
  await Deno.mkdir(partial, { mode: 0o700 });
  await Deno.writeTextFile(secret, password, { mode: 0o600 });
  const { uid, gid } = home.user ?? {};
  if (uid !== undefined) {
    await Deno.chown(partial, uid, gid!);
    await Deno.chown(secret, uid, gid!);
  }
  try {
    const args = ["-D", partial, "-U", user, `--pwfile=${secret}`, "-A", "scram-sha-256"];
    // Sorts by code point: the same on every machine, and fast.
    const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    await succeed(home, home.initdb, [...args, ...locale, "--locale=C"]);
    const single = `echo 'CREATE DATABASE ${database}' | "$0" --single -D "$1" postgres`;
    await succeed(home, "sh", ["-c", single, home.server, partial]);
    await Deno.rename(partial, home.data);
  } finally {
    await remove(secret);
    await remove(partial);
  }
}

async function succeed({ data, user }: PostgresHome, command: string, args: string[]) {
  const result = await runCommand(command, args, { cwd: user ? "/" : dirname(data), ...user });
  if (result?.code === 0) return;
  throw new UserError(
    `Cannot create the warehouse's data folder ${data}:\n${
      tail(`${result?.stdout}\n${result?.stderr}`)
    }`,
    "free disk space, fix the folder's permissions, or choose another folder with RUNTIME_DIR",
  );
}
