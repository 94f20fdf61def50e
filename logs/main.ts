import "../shared/cli/require_permissions.ts";
import type { ServiceName } from "../infra/runtime.ts";
import { selectRuntime } from "../infra/select_runtime.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { logsArgument, logsOptions } from "./options.ts";

interface Options extends Record<string, unknown> {
  readonly service?: ServiceName;
  readonly follow?: true;
  readonly lines: number;
}

await runEntry(async (signal) => {
  const { service, follow = false, lines } = parseOptions<Options>(
    "logs",
    "Print what the services have logged.",
    logsOptions,
    Deno.args,
    logsArgument,
  );
  const runtime = await selectRuntime(loadSettings(), { signal });
  const print = (line: string) => console.log(line);
  // Following ends when it is stopped: that is no failure.
  await runtime.logs({ service, follow, lines, print, signal }).catch((error) => {
    if (!follow || error !== signal.reason) throw error;
  });
});
