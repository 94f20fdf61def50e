import { pause } from "../shared/cli/backoff.ts";
import { UserError } from "../shared/cli/errors.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { type Folders, logFileOf } from "./native_service.ts";
import type { LogOptions, ServiceName } from "./runtime.ts";

/** How often logs are looked at for what has come, in ms. */
const EVERY_MS = 300;
/** How much of the end of a log is read for its last lines, in bytes. */
const TAIL_BYTES = 1024 * 1024;

/**
 * Prints the logs of native services, and follows them where that is asked for, over restarts too.
 *
 * @throws {UserError} when there is none; `signal.reason` when aborted
 */
export async function printLogs(
  names: readonly ServiceName[],
  folders: Folders,
  { service, lines, follow, print, signal }: LogOptions,
): Promise<void> {
  const wanted = service ? [service] : names;
  const width = Math.max(...wanted.map((name) => name.length));
  const logs = wanted.map((name) => ({
    log: new GrowingLog(logFileOf(name, folders)),
    prefix: service ? "" : `${name.padEnd(width)} | `,
  }));
  let isAnyThere = false;
  for (const { log, prefix } of logs) {
    const last = await log.last(lines);
    isAnyThere ||= last !== undefined;
    for (const line of last ?? []) print(prefix + line);
  }
  if (!isAnyThere && !follow) {
    throw new UserError(
      `There is no log of ${service ?? "any service"} in ${folders.runtimeDir}/logs`,
      `start the services: ${taskCommand("kafka:start")}`,
    );
  }
  while (follow) {
    await pause(EVERY_MS, signal);
    for (const { log, prefix } of logs) {
      for (const line of await log.more()) print(prefix + line);
    }
  }
}

/** A log file that grows, and is begun anew when its service starts. */
class GrowingLog {
  #position = 0;
  #inode: number | null | undefined;
  /** What has come of a line that has not ended. */
  #begun = "";
  #decoder = new TextDecoder();

  constructor(private readonly path: string) {}

  /** The last lines of now; undefined without a log. */
  async last(count: number): Promise<string[] | undefined> {
    const size = await this.#look();
    if (size === undefined) return undefined;
    const isWhole = size <= TAIL_BYTES;
    this.#position = Math.max(0, size - TAIL_BYTES);
    const lines = await this.more();
    // The first one is cut where the reading began.
    return lines.slice(isWhole ? 0 : 1).slice(-count);
  }

  /** The lines that have ended since it was looked at last. */
  async more(): Promise<string[]> {
    const size = await this.#look();
    if (size === undefined || size <= this.#position) return [];
    const text = this.#begun + await this.#read(size);
    const lines = text.split(/\r?\n/);
    this.#begun = lines.pop()!;
    return lines;
  }

  /** Its size in bytes; undefined without a log. */
  async #look(): Promise<number | undefined> {
    try {
      const { size, ino } = await Deno.stat(this.path);
      if (ino !== this.#inode || size < this.#position) {
        this.#inode = ino;
        this.#position = 0;
        this.#begun = "";
        this.#decoder = new TextDecoder();
      }
      return size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  async #read(size: number): Promise<string> {
    using file = await Deno.open(this.path);
    await file.seek(this.#position, Deno.SeekMode.Start);
    let text = "";
    const buffer = new Uint8Array(64 * 1024);
    while (this.#position < size) {
      const count = await file.read(buffer);
      if (count === null) break;
      this.#position += count;
      text += this.#decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return text;
  }
}
