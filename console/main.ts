import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { UserError } from "../shared/cli/errors.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { registerRunning } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { s3Elsewhere } from "../shared/s3/client.ts";
import type { Access } from "./access.ts";
import { type ConsoleOptions, consoleOptions } from "./options.ts";
import { Connections } from "./connections.ts";
import { Watch } from "./flow/watch.ts";
import { serve } from "./serve.ts";
import { consoleApp } from "./server.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

await runEntry(async (signal) => {
  const { also, every, runtimeDir, inContainer = false } = parseOptions<ConsoleOptions>(
    "console",
    "See the pipeline live in a browser, and follow events through it. Changes nothing but by replay.",
    consoleOptions,
    Deno.args,
  );
  const loaded = loadSettings();
  const settings = { ...loaded, runtimeDir: runtimeDir ?? loaded.runtimeDir };
  const { host } = settings.console;
  const elsewhere = s3Elsewhere(settings);
  if (elsewhere) console.error(elsewhere);
  await using connections = new Connections(settings);
  const watch = new Watch(connections, { inContainer, watchedMs: every });
  const access = accessOf(settings, inContainer);
  const app = consoleApp({ connections, watch, inContainer, signal }, access);
  const listenOn = inContainer ? "0.0.0.0" : host;
  const port = settings.ports.console;
  await using _server = serve(listenOn, port, app.fetch);
  await using _also = also === undefined ? undefined : serve(listenOn, also, app.fetch);
  // As a service it is among the services.
  await using _running = runtimeDir === undefined && !inContainer
    ? await registerRunning(settings.runtimeDir, { role: "console" })
    : undefined;
  console.log(`Console: http://${shownHost(host)}:${port}`);
  await watch.run(signal);
});

/**
 * Who may ask. From a container's port that is published on 127.0.0.1 come requests of this machine
 * only, and they name it; the containers beside it reach all that the console shows without it.
 *
 * @throws {UserError} when others can connect and need no token
 */
function accessOf({ console: { host, token } }: Settings, inContainer: boolean): Access {
  const changeToken = crypto.randomUUID();
  if (inContainer || LOOPBACK.includes(host)) return { hosts: [], changeToken, visitToken: token };
  if (token === undefined) {
    throw new UserError(
      `CONSOLE_HOST is ${host}: others could see the data, and replay dead letters`,
      "set CONSOLE_TOKEN to a secret that visitors must know, or leave CONSOLE_HOST unset",
      { exitCode: 2 },
    );
  }
  return { hosts: undefined, visitToken: token, changeToken };
}

function shownHost(host: string): string {
  if (LOOPBACK.includes(host) || ["0.0.0.0", "::"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
