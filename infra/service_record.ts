import type { ServiceName } from "./runtime.ts";

/** What is kept of a native service while it runs. */
export interface ServiceRecord {
  readonly pid: number;
  /** Part of its command line that no other process has. */
  readonly marker: string;
  /** The ports that it was started on. */
  readonly ports: readonly number[];
}

/**
 * Writes a service's record, synchronously and atomically: without one a process could not be
 * stopped.
 */
export function writeRecord(runtimeDir: string, name: ServiceName, record: ServiceRecord): void {
  Deno.mkdirSync(`${runtimeDir}/services`, { recursive: true });
  const path = pathOf(runtimeDir, name);
  Deno.writeTextFileSync(`${path}.new`, JSON.stringify(record));
  Deno.renameSync(`${path}.new`, path);
}

/**
 * What the record of a service says, whether it runs or not; undefined when there is none, or none
 * that makes sense: a full disk may have cut it, or another version written it.
 */
export async function readRecord(
  runtimeDir: string,
  name: ServiceName,
): Promise<ServiceRecord | undefined> {
  try {
    const record = JSON.parse(await Deno.readTextFile(pathOf(runtimeDir, name)));
    return isRecord(record) ? record : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Removes a service's record, if there is one. */
export async function removeRecord(runtimeDir: string, name: ServiceName): Promise<void> {
  try {
    await Deno.remove(pathOf(runtimeDir, name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A process id of 0 or below would address a whole process group. */
function isRecord(value: Partial<ServiceRecord> | null): value is ServiceRecord {
  return Number.isSafeInteger(value?.pid) && value!.pid! > 1 &&
    typeof value!.marker === "string" && value!.marker !== "" &&
    Array.isArray(value!.ports) && value!.ports.every(Number.isSafeInteger);
}

function pathOf(runtimeDir: string, name: ServiceName): string {
  return `${runtimeDir}/services/${name}.json`;
}
