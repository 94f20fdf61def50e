import { resolve, sep } from "node:path";
import process from "node:process";
import { projectFolder } from "./project_folder.ts";

/** How to call Deno again through the package manager that has fetched it for this run. */
const RUNNERS: Readonly<Record<string, string>> = {
  npm: "npx --yes",
  pnpm: "pnpm dlx",
  yarn: "yarn dlx",
  bun: "bunx",
};

/**
 * A task's command as the person can type it where they are: in the form in which this program was
 * started, as Deno may be known to npx only; naming the project's folder when they are outside of
 * it.
 *
 * @param task with its arguments, such as `etl --list`
 */
export function taskCommand(task: string): string {
  return taskCommandIn(surroundings(), task);
}

/** Likewise, the command of a script with its permission set. */
export function runCommandLine(set: string, script: string, args: readonly string[]): string {
  const here = surroundings();
  const path = here.folder === here.project ? script : resolve(here.project, script);
  return [`${denoOf(here)} run -q -P=${set}`, ...[path, ...args].map(quoted)].join(" ");
}

/** The user's folder: a task changes to the project's, and says where it came from. */
export function userFolder(): string {
  return read("INIT_CWD") || process.cwd();
}

function surroundings(): Surroundings {
  const execPath = Deno.execPath();
  // Without permissions the variable cannot be seen; the folder of npx can.
  const guess = execPath.includes(`${sep}_npx${sep}`) ? "npm" : undefined;
  return {
    agent: stateOf("npm_config_user_agent") === "prompt" ? guess : read("npm_config_user_agent"),
    execPath,
    version: Deno.version.deno,
    folder: userFolder(),
    project: projectFolder,
  };
}

/**
 * A terminal would be asked about a variable that may not be read; without one it would be an
 * error.
 */
function read(variable: string): string | undefined {
  return stateOf(variable) === "granted" ? process.env[variable] : undefined;
}

function stateOf(variable: string): Deno.PermissionState {
  return Deno.permissions.querySync({ name: "env", variable }).state;
}

/** What determines how Deno is called. */
export interface Surroundings {
  /** `npm_config_user_agent`: set by npm and the like, and by Deno's tasks. */
  readonly agent: string | undefined;
  readonly execPath: string;
  readonly version: string;
  readonly folder: string;
  readonly project: string;
}

/** See {@linkcode taskCommand}. */
export function taskCommandIn(here: Surroundings, task: string): string {
  const { folder, project } = here;
  const inside = folder === project || folder.startsWith(project + sep);
  return `${denoOf(here)} task ${inside ? "" : `--cwd ${quoted(project)} `}${task}`;
}

function denoOf({ agent, execPath, version }: Surroundings): string {
  // An installed Deno may run inside an npm script: then it is not npm's.
  const isPackage = execPath.includes(`${sep}node_modules${sep}`);
  const runner = isPackage ? RUNNERS[agent?.split("/")[0] ?? ""] : undefined;
  return runner ? `${runner} deno@${version}` : "deno";
}

function quoted(path: string): string {
  return /^[\p{L}\p{N}_./:@+-]+$/u.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
