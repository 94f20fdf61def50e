/** The 100th of a second in which Linux counts processor time for programs. */
const TICKS = 100;

/** CPU time that a process has taken, user and system, in s; undefined when it is gone. */
export function cpuOf(pid: number | "self"): number | undefined {
  return cpuFrom(pid, 11);
}

/** CPU time of this process' children that have ended, in s. */
export function cpuOfChildren(): number {
  return cpuFrom("self", 13)!;
}

/** The most that a process has ever had resident, in MiB; undefined when it is gone. */
export function peakMiB(pid: number): number | undefined {
  return mibOf(pid, "VmHWM");
}

/** What a process has resident now, in MiB; undefined when it is gone. */
export function residentMiB(pid: number): number | undefined {
  return mibOf(pid, "VmRSS");
}

/** CPU time that all processors have been busy, in s. */
export function busySeconds(): number {
  const [, user, nice, system, , , irq, softirq] = textOf("/proc/stat")!.split(/\s+/).map(Number);
  return (user! + nice! + system! + irq! + softirq!) / TICKS;
}

/** The sum of two neighbouring times, user and system, after a process' name in its `stat`. */
function cpuFrom(pid: number | "self", field: number): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[field]) + Number(fields[field + 1])) / TICKS;
}

function mibOf(pid: number, figure: "VmHWM" | "VmRSS"): number | undefined {
  const status = textOf(`/proc/${pid}/status`) ?? "";
  const kib = new RegExp(`${figure}:\\s+(\\d+)`).exec(status)?.[1];
  return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
