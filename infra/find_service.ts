import { rootMessage, UserError } from "../shared/cli/errors.ts";
import { type Folders, isService, markerOf } from "./native_service.ts";
import { isAlive, UnknownStateError } from "./process.ts";
import { type ListedProcess, listProcesses } from "./process_list.ts";
import type { ServiceName } from "./runtime.ts";
import { readRecord } from "./service_record.ts";
import { services } from "./services.ts";

/** A running service of this runtime folder. */
export interface RunningService {
  readonly pid: number;
  readonly marker: string;
  /** The ports that it was started on; undefined if its record is lost. */
  readonly ports?: readonly number[];
}

/** Lists the processes once, however often it is asked. */
export function onceListed(): () => Promise<ListedProcess[]> {
  let list: Promise<ListedProcess[]> | undefined;
  return () => list ??= listProcesses();
}

/**
 * Looks for a service of this runtime folder: by its record, and without one that holds among all
 * processes of the machine, since records can be lost while services run. Changes nothing.
 *
 * @param list gives the processes
 * @returns undefined when it does not run
 * @throws {UnknownStateError} when that cannot be told
 */
export async function findService(
  name: ServiceName,
  folders: Folders,
  list = listProcesses,
): Promise<RunningService | undefined> {
  const unsure: unknown[] = [];
  const orUnsure = async <T>(look: () => Promise<T>) => {
    try {
      return await look();
    } catch (error) {
      unsure.push(error);
    }
  };
  const record = await orUnsure(() => readRecord(folders.runtimeDir, name));
  if (record && await orUnsure(() => isAlive(record.pid, record.marker))) return record;
  const found = (await orUnsure(list))?.find(({ args }) => isService(args, name, folders));
  if (found) return { pid: found.pid, marker: markerOf(name, folders) };
  if (unsure.length > 0) throw new UnknownStateError(why(unsure[0]), { cause: unsure[0] });
}

/**
 * The same for a command that acts on the result.
 *
 * @throws {UserError} when it cannot be told
 */
export async function requireService(
  name: ServiceName,
  folders: Folders,
  list?: () => Promise<ListedProcess[]>,
): Promise<RunningService | undefined> {
  try {
    return await findService(name, folders, list);
  } catch (error) {
    if (!(error instanceof UnknownStateError)) throw error;
    throw new UserError(
      `Cannot tell whether ${services[name].title} is running: ${error.message}`,
      "run this as the user who started it, with the permission set orchestrator",
      { cause: error },
    );
  }
}

function why(error: unknown): string {
  if (error instanceof UnknownStateError) return error.message;
  return error instanceof Deno.errors.NotCapable
    ? "this script's permission set does not allow it to list processes"
    : rootMessage(error);
}
