import type { Runtime, ServiceName } from "../infra/runtime.ts";
import { services } from "../infra/services.ts";
import { underWay } from "./under_way.ts";
import type { LeftBehind } from "../shared/cli/left_behind.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/** Services that are used for a while. Disposing stops those that were started for that. */
export interface AcquiredServices extends AsyncDisposable {
  /** Those that are stopped again; the others ran before. */
  readonly started: readonly ServiceName[];
}

/**
 * Starts the services that are not running. Disposing stops those again; the others keep running.
 *
 * @param options.leftBehind notes those that keep running if we are killed before that
 * @throws {UserError} when they do not come up; `signal.reason` when aborted: nothing is left up
 *   then
 */
export async function acquireServices(
  runtime: Runtime,
  { log, signal, leftBehind }: {
    log: (line: string) => void;
    signal: AbortSignal;
    leftBehind: LeftBehind;
  },
): Promise<AcquiredServices> {
  const before = await upOf(runtime);
  {
    using _note = leftBehind.note(`services may still be running; ${TO_STOP}`);
    using told = underWay(log);
    await runtime.start({ log: told.log, signal });
  }
  const started = (await upOf(runtime)).filter((name) => !before.includes(name));
  const titles = started.map((name) => services[name].title).join(", ");
  const note = titles ? leftBehind.note(`${titles} keep running; ${TO_STOP}`) : undefined;
  return {
    started,
    async [Symbol.asyncDispose]() {
      if (started.length === 0) return log("The services were already running and keep running");
      using told = underWay(log);
      await runtime.stop({ log: told.log, ...before.length === 0 ? {} : { services: started } });
      note?.[Symbol.dispose]();
    },
  };
}

const TO_STOP = `to stop them: ${taskCommand("kafka:stop")}`;

async function upOf(runtime: Runtime): Promise<ServiceName[]> {
  return (await runtime.status()).filter(({ state }) => state !== "stopped")
    .map(({ name }) => name);
}
