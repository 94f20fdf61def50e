import { dirname } from "node:path";
import { rootMessage, UserError } from "../../shared/cli/errors.ts";
import { ownSets } from "../../shared/cli/net_permission.ts";

/**
 * Makes sure that a report can be written in the end, and makes its folder. A report that is there
 * stays as it is.
 *
 * @throws {UserError} when it cannot be written
 */
export async function requireReportFile(path: string): Promise<void> {
  try {
    await tryOut(path).catch(async (error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await Deno.mkdir(dirname(path), { recursive: true });
      await tryOut(path);
    });
  } catch (error) {
    throw notWritten(path, error, { exitCode: 2 });
  }
}

/**
 * Writes a report, in place of one that is there.
 *
 * @throws {UserError} when it cannot be written
 */
export async function writeReport(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    throw notWritten(path, error, { exitCode: 1 });
  }
}

/** Opens a file for writing, and leaves no empty one behind. */
async function tryOut(path: string): Promise<void> {
  try {
    (await Deno.open(path, { write: true, createNew: true })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    (await Deno.open(path, { write: true })).close();
    return;
  }
  await Deno.remove(path);
}

function notWritten(path: string, error: unknown, options: { exitCode: number }): UserError {
  const isDenied = error instanceof Deno.errors.NotCapable;
  return new UserError(
    `Cannot write the report ${path}: ${
      isDenied ? "this script's permission set does not allow it" : rootMessage(error)
    }`,
    isDenied
      ? `name a file in reports/, or add its folder to "write" of ${ownSets()} under "permissions" in deno.json`
      : "name a file that can be written, such as reports/truth.json",
    { ...options, cause: error },
  );
}
