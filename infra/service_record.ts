import type { ServiceName } from "./runtime.ts";
import { isAlive } from "./process.ts";

/** What is kept of a native service while it runs. */
export interface ServiceRecord {
  readonly pid: number;
  /** Part of its command line that no other process has. */
  readonly marker: string;
  /** The ports that it was started on. */
  readonly ports: readonly number[];
}

/** Writes a service's record, at once and whole: a process without a record could not be stopped. */
export function writeRecord(runtimeDir: string, name: ServiceName, record: ServiceRecord): void {
  Deno.mkdirSync(`${runtimeDir}/services`, { recursive: true });
  Deno.writeTextFileSync(pathOf(runtimeDir, name), JSON.stringify(record));
}

/** The record of a service that runs; undefined (and the leftover removed) when it does not. */
export async function readRecord(
  runtimeDir: string,
  name: ServiceName,
): Promise<ServiceRecord | undefined> {
  let record: ServiceRecord;
  try {
    record = JSON.parse(await Deno.readTextFile(pathOf(runtimeDir, name)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (await isAlive(record.pid, record.marker)) return record;
  await removeRecord(runtimeDir, name);
}

/** Removes a service's record, if there is one. */
export async function removeRecord(runtimeDir: string, name: ServiceName): Promise<void> {
  try {
    await Deno.remove(pathOf(runtimeDir, name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function pathOf(runtimeDir: string, name: ServiceName): string {
  return `${runtimeDir}/services/${name}.json`;
}
