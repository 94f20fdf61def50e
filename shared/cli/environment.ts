import { resolve } from "node:path";
import process from "node:process";
import { parseEnv } from "node:util";
import { rootMessage, UserError } from "./errors.ts";
import { projectFolder } from "./project_folder.ts";
import type { PagesPort } from "./serve_local.ts";
import { readSettings, type Settings } from "./settings.ts";
import { unknownIn, unknownInEnvFile } from "./unknown_variables.ts";

const ENV_FILE = resolve(projectFolder, ".env");

/**
 * Set for the programs that the orchestrator starts: they use the variables as it has resolved
 * them.
 */
export const STARTED_BY = "AUTOMOTIVE_STARTED_BY";

/**
 * Puts the variables of the project's `.env` (if there is one) under those of the environment, and
 * reads the settings. They go into the environment itself because the AWS SDK reads its own there.
 * Names that look misspelt are reported once.
 *
 * @throws {UserError} when a setting is wrong, or `.env` cannot be read
 */
export function loadSettings(): Settings {
  if (!process.env[STARTED_BY]) {
    const file = readEnvFile();
    for (const line of [...unknownInEnvFile(file), ...unknownIn(process.env)]) {
      console.error(line);
    }
    for (const [name, value] of Object.entries(file)) process.env[name] ??= value;
    unsetEmptyOfAws();
  }
  return readSettings((name) => process.env[name]);
}

/** The port of a program's pages, as its setting says. */
export function pagesPort(
  variable: "STATUS_PORT" | "LOADER_STATUS_PORT",
  number: number,
): PagesPort {
  return { variable, number, chosen: Boolean(process.env[variable]?.trim()) };
}

function readEnvFile(): NodeJS.Dict<string> {
  try {
    // Windows editors may put a byte order mark before the first name.
    return parseEnv(Deno.readTextFileSync(ENV_FILE).replace(/^\ufeff/, ""));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw new UserError(
      `Cannot read ${ENV_FILE}: ${rootMessage(error)}`,
      "make it a text file that you may read, or remove it",
      { cause: error },
    );
  }
}

/** The SDK takes an empty region for a region, and rejects an empty switch. */
function unsetEmptyOfAws(): void {
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith("AWS_") && value?.trim() === "") delete process.env[name];
  }
}
