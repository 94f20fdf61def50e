import type { Runtime } from "../infra/runtime.ts";
import { services } from "../infra/services.ts";
import { listRunning } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";

/** What of the pipeline runs on this machine now, for people: "consumer (pid 4711)", "Kafka". */
export async function stillRunning(settings: Settings, runtime: Runtime): Promise<string[]> {
  const programs = await listRunning(settings.runtimeDir);
  return [
    ...programs.map(({ role, pid }) => `${role} (pid ${pid})`),
    ...(await runtime.status()).filter(({ state }) => state !== "stopped")
      .map(({ name }) => services[name].title),
  ];
}
