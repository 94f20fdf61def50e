import { until } from "../shared/cli/until.ts";

/**
 * Holds a file locked until disposed: one program at a time does what the file is named after. The
 * system gives the lock back when the process ends, however it ends.
 *
 * @param options.onWait called once, when another process holds the lock
 * @throws `signal.reason` when aborted
 */
export async function holdLock(
  path: string,
  options: { signal?: AbortSignal; onWait?: () => void } = {},
): Promise<Disposable> {
  const { signal, onWait } = options;
  const file = await Deno.open(path, { create: true, write: true });
  try {
    if (!await file.tryLock(true)) {
      onWait?.();
      await until(() => file.tryLock(true), { signal });
    }
  } catch (error) {
    file.close();
    throw error;
  }
  return { [Symbol.dispose]: () => file.close() };
}
