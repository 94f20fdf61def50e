import { UserError } from "../shared/cli/errors.ts";
import { runCommand } from "./command.ts";
import { type FetchOptions, lockDownloads, run } from "./downloads.ts";
import { remove, textOf } from "./files.ts";

/** Packages of Python, and the folder of the downloads that they are kept in. */
export interface Packages {
  readonly title: string;
  readonly name: string;
  /** The path of the file that lists them, for pip. */
  readonly requirements: string;
  /** What to do where Python is missing. */
  readonly hint: string;
}

/** What Airflow 3.3 runs on, and so do the others, as minor versions of Python 3. */
const MINORS = [10, 11, 12, 13];

/**
 * The Python of a virtual environment with some packages, made when the list is not what it was made
 * for: with uv if it is there, else with pip.
 *
 * @throws {UserError} when Python is missing or the installation fails
 */
export async function fetchVenv(
  { folder, log, signal }: FetchOptions,
  { title, name, requirements: list, hint }: Packages,
): Promise<string> {
  const venv = `${folder}/${name}`;
  const python = `${venv}/bin/python`;
  const requirements = await Deno.readTextFile(list);
  using _lock = await lockDownloads(folder, log, signal);
  if (await textOf(`${venv}/requirements.txt`) === requirements) return python;
  const base = await requirePython({ title, hint }, signal);
  const uv = (await runCommand("uv", ["--version"], { signal }))?.code === 0;
  log(`Installing ${title} with ${uv ? "uv" : "pip"} (once, takes a minute or two)…`);
  // Not under another name first, as with the other downloads: an environment cannot be moved.
  await remove(venv);
  const install = ["install", "--quiet", "--requirement", list];
  if (uv) {
    await run("uv", ["venv", "--quiet", "--python", base, venv], { signal });
    // Without bytecode each start would spend ten seconds compiling.
    const target = ["--compile-bytecode", "--python", python];
    await run("uv", ["pip", ...install, ...target], { signal });
  } else {
    await run(base, ["-m", "venv", venv], { signal });
    const quiet = ["--no-input", "--disable-pip-version-check"];
    await run(python, ["-m", "pip", ...install, ...quiet], { signal });
  }
  // Written last: without it the installation is incomplete.
  await Deno.writeTextFile(`${venv}/requirements.txt`, requirements);
  return python;
}

async function requirePython(
  { title, hint }: Pick<Packages, "title" | "hint">,
  signal?: AbortSignal,
): Promise<string> {
  const names = ["python3", ...MINORS.toReversed().map((minor) => `python3.${minor}`)];
  const script = "import sys; print(*sys.version_info[:2])";
  for (const name of names) {
    const answer = await runCommand(name, ["-c", script], { signal });
    const [major, minor] = answer?.stdout.trim().split(" ").map(Number) ?? [];
    if (answer?.code === 0 && major === 3 && MINORS.includes(minor!)) return name;
  }
  throw new UserError(
    `Cannot start ${title} natively: Python 3.10 to 3.13 (python3) is required, and is not on the PATH`,
    hint,
  );
}
