import process from "node:process";
import { parseEnv } from "node:util";
import { readSettings, type Settings } from "./settings.ts";

/**
 * Puts the variables of `.env` (if there is one) under those of the environment, and reads the
 * settings. They go into the environment itself because the AWS SDK reads its own there.
 *
 * @throws {UserError} when a setting is wrong
 */
export function loadSettings(): Settings {
  for (const [name, value] of Object.entries(readEnvFile())) {
    process.env[name] ??= value;
  }
  return readSettings((name) => process.env[name]);
}

function readEnvFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(Deno.readTextFileSync(".env"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}
