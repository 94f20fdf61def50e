import type { Runtime } from "../infra/runtime.ts";

/**
 * Starts the services that do not run yet. Disposing stops those again; the others go on running.
 *
 * @throws {UserError} when they do not come up; `signal.reason` when aborted: nothing is left up then
 */
export async function borrowServices(
  runtime: Runtime,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<AsyncDisposable> {
  const before = await runningOf(runtime);
  const { alreadyRunning } = await runtime.start({ log, signal });
  return {
    async [Symbol.asyncDispose]() {
      if (alreadyRunning) return log("The services were running before and go on running");
      if (before.length === 0) return void await runtime.stop({ log });
      const services = (await runningOf(runtime)).filter((name) => !before.includes(name));
      await runtime.stop({ services, log });
    },
  };
}

async function runningOf(runtime: Runtime) {
  return (await runtime.status()).filter(({ state }) => state === "running")
    .map(({ name }) => name);
}
