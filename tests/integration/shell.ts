import process from "node:process";
import { resolve } from "node:path";
import { runCommand } from "../../infra/command.ts";
import { type Program, start } from "./program.ts";
import { TEST_DIR } from "./settings.ts";

interface ShellOptions {
  /** @default the project's folder */
  readonly cwd?: string;
  /** Added to an environment that has little more than a PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default sh */
  readonly shell?: string;
  /** Whether `deno` is on the PATH. @default true */
  readonly deno?: boolean;
}

/** Runs a command line as a person types it, in a shell that knows nothing of the tests. */
export async function shell(line: string, options: ShellOptions = {}) {
  const result = await runCommand("env", await argsOf(line, options), { cwd: options.cwd });
  if (!result) throw new Error("there is no command env");
  if (/^\s+at .+:\d+:\d+/m.test(result.stderr)) throw new Error(`a stack trace: ${result.stderr}`);
  return result;
}

/** Starts a command line likewise. Disposing kills it. */
export async function started(line: string, options: ShellOptions = {}): Promise<Program> {
  const { cwd } = options;
  return start(line, await argsOf(line, options), { command: "env", cwd, env: {}, group: true });
}

async function argsOf(line: string, options: ShellOptions): Promise<string[]> {
  const { env = {}, shell = "sh", deno = true } = options;
  const inherited = (process.env.PATH ?? "").split(":").filter((folder) => !hasDeno(folder));
  const folders = deno ? [await denoFolder(), ...inherited] : inherited;
  const { HOME = "/root", DENO_DIR = "" } = process.env;
  const all = { PATH: folders.join(":"), HOME, DENO_DIR, NO_COLOR: "1", ...env };
  const assignments = Object.entries(all).filter(([, value]) => value);
  return ["-i", ...assignments.map(([name, value]) => `${name}=${value}`), shell, "-c", line];
}

/** A folder that has this Deno as one that was installed by itself, however it was. */
async function denoFolder(): Promise<string> {
  const folder = resolve(TEST_DIR, `bin-${Deno.version.deno}`);
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/deno`;
  if (hasDeno(folder)) return folder;
  const own = `${path}.${Deno.pid}`;
  await Deno.link(Deno.execPath(), own).catch(() => Deno.copyFile(Deno.execPath(), own));
  await Deno.rename(own, path);
  return folder;
}

function hasDeno(folder: string): boolean {
  try {
    return Deno.statSync(`${folder}/deno`).isFile;
  } catch {
    return false;
  }
}
