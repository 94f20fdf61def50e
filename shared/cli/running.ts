/** A producer, consumer or loader running on this machine. */
export interface RunningProgram {
  readonly role: string;
  readonly pid: number;
  /** The port of its status page, if it has one. */
  readonly statusPort?: number;
}

/** The name of a program's file: role and process id. */
const FILE = /^(\w+)-(\d+)\.json$/;

/**
 * Makes a running program known to `status` and `stop`: a file in `<runtimeDir>/run` that it keeps
 * locked. The system gives the lock back when the process ends, however it ends, so a file that can
 * be locked is a leftover, and a process id that was given out again is never taken for ours. What
 * others have left behind is removed by the next program that registers.
 */
export async function registerRunning(
  runtimeDir: string,
  program: Omit<RunningProgram, "pid">,
): Promise<AsyncDisposable> {
  const folder = `${runtimeDir}/run`;
  await Deno.mkdir(folder, { recursive: true });
  await removeLeftovers(folder);
  const path = `${folder}/${program.role}-${Deno.pid}.json`;
  // Locked and written before it gets its final name.
  const file = await Deno.open(`${path}.new`, { create: true, write: true, truncate: true });
  await file.lock(true);
  await file.write(new TextEncoder().encode(JSON.stringify({ ...program, pid: Deno.pid })));
  await Deno.rename(`${path}.new`, path);
  return {
    async [Symbol.asyncDispose]() {
      await Deno.remove(path).catch(() => {});
      file.close();
    },
  };
}

/** The programs that are running now. Changes nothing. */
export async function listRunning(runtimeDir: string): Promise<RunningProgram[]> {
  const folder = `${runtimeDir}/run`;
  const running: RunningProgram[] = [];
  for (const name of await filesIn(folder)) {
    const path = `${folder}/${name}`;
    const program = await isLocked(path) ? await readProgram(path, name) : undefined;
    if (program) running.push(program);
  }
  return running.sort((a, b) => a.role.localeCompare(b.role) || a.pid - b.pid);
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => name).filter((name) => FILE.test(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whether a program holds the file; not if it has ended, or ends while we look. */
async function isLocked(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { read: true });
    // A shared lock: two that look at the same time must not take each other for the program.
    return !await file.tryLock(false);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * The name tells of the program what a file does not that a full disk has cut, or another version
 * wrote.
 */
async function readProgram(path: string, name: string): Promise<RunningProgram | undefined> {
  const [, role, pid] = FILE.exec(name)!;
  const known = { role: role!, pid: Number(pid) };
  try {
    const { statusPort } = JSON.parse(await Deno.readTextFile(path));
    return Number.isSafeInteger(statusPort) ? { ...known, statusPort } : known;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return known;
    // It has ended in the meantime.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await filesIn(folder)) {
    const path = `${folder}/${name}`;
    // Those of another user are left.
    if (await isLocked(path).catch(() => true)) continue;
    await Deno.remove(path).catch(() => {});
  }
}
