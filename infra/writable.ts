import { rootMessage, UserError } from "../shared/cli/errors.ts";

/** The least that a service writes before it responds. */
const PROBE_BYTES = 1 << 20;

/**
 * Makes a data folder and writes to it: a full disk or a missing right is reported before a service
 * starts, not by whatever the service makes of it.
 *
 * @param title whose data it is
 * @throws {UserError} when the folder cannot be made or written to
 */
export async function ensureWritable(folder: string, title: string): Promise<void> {
  const probe = `${folder}/.write-probe`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    try {
      await Deno.writeFile(probe, new Uint8Array(PROBE_BYTES));
    } finally {
      await Deno.remove(probe).catch(() => {});
    }
  } catch (error) {
    throw new UserError(
      `Cannot start ${title}: its data folder ${folder} cannot be written to: ${
        rootMessage(error)
      }`,
      "free disk space, fix the folder's permissions, or choose another folder with RUNTIME_DIR",
      { cause: error },
    );
  }
}
