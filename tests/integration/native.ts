import type { Runtime } from "../../infra/runtime.ts";
import { selectRuntime } from "../../infra/select_runtime.ts";
import { settingsOf, sharedEnv } from "./settings.ts";

/** Whether the native runtime is what runs here: where Docker does, its tools may be missing. */
export const native = (await selectRuntime(settingsOf(sharedEnv()))).name === "native";

/** A test of what only the native runtime does. */
export function nativeTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `native runtime: ${name}`, ignore: !native, fn });
}

/** The names of the services that run. */
export async function running(runtime: Runtime): Promise<string[]> {
  return (await runtime.status()).filter(({ state }) => state === "running").map(({ name }) =>
    name
  );
}
