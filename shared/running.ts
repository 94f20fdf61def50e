/** A producer or consumer that runs on this machine. */
export interface RunningProgram {
  readonly role: string;
  readonly pid: number;
  /** The port of its status page, if it has one. */
  readonly statusPort?: number;
}

/**
 * Makes a running program known to `status` and `stop`: a file in `<runtimeDir>/run` that it keeps
 * locked. The system gives the lock back when the process ends, however it ends, so a file that can
 * be locked is a leftover, and a process id that was given out again is never taken for ours.
 */
export async function registerRunning(
  runtimeDir: string,
  program: Omit<RunningProgram, "pid">,
): Promise<AsyncDisposable> {
  const folder = `${runtimeDir}/run`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/${program.role}-${Deno.pid}.json`;
  // Locked and written before it gets the name that is looked for.
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

/** The programs that run now; files that ended programs have left behind are removed. */
export async function listRunning(runtimeDir: string): Promise<RunningProgram[]> {
  const folder = `${runtimeDir}/run`;
  const running: RunningProgram[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.endsWith(".json")) continue;
      const program = await readRunning(`${folder}/${name}`);
      if (program) running.push(program);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return running.sort((a, b) => a.role.localeCompare(b.role) || a.pid - b.pid);
}

async function readRunning(path: string): Promise<RunningProgram | undefined> {
  try {
    using file = await Deno.open(path, { read: true });
    // Shared: two who look at the same time must not take each other for the program.
    if (!await file.tryLock(false)) return JSON.parse(await Deno.readTextFile(path));
    await Deno.remove(path);
  } catch (error) {
    // It ended while we looked.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
