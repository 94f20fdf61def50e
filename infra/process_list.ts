import { runCommand } from "./command.ts";
import { UnknownStateError } from "./process.ts";
import { utf8Locale } from "./utf8_locale.ts";

/** A process of this machine. */
export interface ListedProcess {
  readonly pid: number;
  /** Its command line, the arguments separated by blanks. */
  readonly args: string;
}

/** Where there is no `ps`, as in slim Linux images. */
const FROM_PROC =
  `for d in /proc/[0-9]*; do [ -r "$d/cmdline" ] && echo "\${d#/proc/} $(tr '\\0' ' ' < "$d/cmdline")"; done`;

/**
 * All processes of this machine that we may see, without those that ended and were not collected.
 *
 * @throws {UnknownStateError} when the system does not list them
 */
export async function listProcesses(): Promise<ListedProcess[]> {
  const ps = await runCommand("ps", ["-ww", "-eo", "pid=,stat=,args="], { env: utf8Locale });
  if (ps?.code === 0) return parseProcesses(ps.stdout, /^\s*(\d+)\s+[^Z\s]\S*\s+(.+)$/);
  const proc = await runCommand("sh", ["-c", FROM_PROC]);
  if (proc?.code === 0) return parseProcesses(proc.stdout, /^(\d+) (.+?) ?$/);
  throw new UnknownStateError("the process list of this machine is not readable");
}

function parseProcesses(text: string, line: RegExp): ListedProcess[] {
  return text.split("\n").map((row) => line.exec(row)).filter((match) => match !== null)
    .map(([, pid, args]) => ({ pid: Number(pid), args: args! }));
}
