import pg from "pg";
import { pause } from "../../shared/backoff.ts";
import { type PostgresHome, postgresHome } from "./postgres_home.ts";
import { freePorts } from "./settings.ts";

/** A PostgreSQL server of a test's own; disposing stops it and removes its data. */
export interface Postgres extends AsyncDisposable {
  /** A connection as superuser. */
  readonly client: pg.Client;
}

/** How long the server may take to start, in ms. */
const START_MS = 30_000;
const LOOK_MS = 50;
const USER = "postgres";
/** Its data is thrown away: nothing has to survive a crash. */
const SETTINGS = [
  "fsync=off",
  "full_page_writes=off",
  "synchronous_commit=off",
  "autovacuum=off",
  "max_connections=10",
  "shared_buffers=16MB",
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
];
/** Ends the server when our end of its standard input closes: also when the test process is killed. */
const SUPERVISE = '"$@" >log 2>&1 & cat >/dev/null; kill -INT $! && wait $!; rm -rf ./*';

/** Starts a real PostgreSQL server on a free port. Takes some seconds. */
export async function postgres(): Promise<Postgres> {
  const home = await postgresHome();
  let server: Deno.ChildProcess | undefined;
  const stop = async () => {
    await server?.stdin.close();
    await server?.status;
    await home[Symbol.asyncDispose]();
  };
  try {
    const password = crypto.randomUUID();
    await initialise(home, password);
    const port = freePorts(1)[0]!;
    server = new Deno.Command("sh", {
      ...home.child,
      args: ["-c", SUPERVISE, "sh", home.server, "-D", "data", "-p", String(port)]
        .concat(SETTINGS.flatMap((setting) => ["-c", setting])),
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const client = await connect(home, port, password);
    return {
      client,
      async [Symbol.asyncDispose]() {
        await client.end().finally(stop);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function initialise(home: PostgresHome, password: string): Promise<void> {
  const file = `${home.folder}/password`;
  await Deno.writeTextFile(file, password, { mode: 0o600 });
  const { uid, gid } = home.child;
  if (uid !== undefined) await Deno.chown(file, uid, gid!);
  const { success, stderr } = await new Deno.Command(home.initdb, {
    ...home.child,
    args: ["-D", "data", "-U", USER, "-A", "scram-sha-256", "--pwfile=password"]
      .concat("--encoding=UTF8", "--locale=C", "--no-sync"),
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`initdb failed: ${new TextDecoder().decode(stderr)}`);
}

async function connect(home: PostgresHome, port: number, password: string): Promise<pg.Client> {
  const until = Date.now() + START_MS;
  for (;;) {
    const options = { host: "127.0.0.1", port, user: USER, password, database: "postgres" };
    const client = new pg.Client({ ...options, ssl: false });
    // Without a listener, a server that ends would end the test process.
    client.on("error", () => {});
    try {
      await client.connect();
      return client;
    } catch (cause) {
      await client.end();
      if (Date.now() > until) {
        const log = await Deno.readTextFile(`${home.folder}/log`).catch(() => "no log");
        throw new Error(`PostgreSQL cannot be reached: ${log}`, { cause });
      }
    }
    await pause(LOOK_MS);
  }
}
