/** The 100th of a second in which Linux counts processor time for programs. */
const TICKS = 100;

/** CPU time that a process has taken, user and system, in s; undefined when it is gone. */
export function cpuOf(pid: number | "self"): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** CPU time of this process' children that have ended, in s. */
export function cpuOfChildren(): number {
  const stat = textOf("/proc/self/stat")!;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

/** The most that a process has ever had resident, in MiB; undefined when it is gone. */
export function peakMiB(pid: number): number | undefined {
  const kib = /VmHWM:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`) ?? "")?.[1];
  return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
}

/** What a process has resident now, in MiB; undefined when it is gone. */
export function residentMiB(pid: number): number | undefined {
  const kib = /VmRSS:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`) ?? "")?.[1];
  return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
}

/** CPU time that all processors have been busy, in s. */
export function busySeconds(): number {
  const [, user, nice, system, , , irq, softirq] = textOf("/proc/stat")!.split(/\s+/).map(Number);
  return (user! + nice! + system! + irq! + softirq!) / TICKS;
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
