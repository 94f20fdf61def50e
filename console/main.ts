import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { rootMessage, UserError } from "../shared/cli/errors.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { registerRunning } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { s3Elsewhere } from "../shared/s3/client.ts";
import type { Access } from "./access.ts";
import { consoleOptions } from "./options.ts";
import { Connections } from "./connections.ts";
import { Watch } from "./flow/watch.ts";
import { consoleApp } from "./server.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

await runEntry(async (signal) => {
  const { also, every, runtimeDir } = parseOptions<
    { also?: number; every?: number; runtimeDir?: string }
  >(
    "console",
    "See the pipeline live in a browser, and follow events through it. Changes nothing but by replay.",
    consoleOptions,
    Deno.args,
  );
  const loaded = loadSettings();
  const settings = { ...loaded, runtimeDir: runtimeDir ?? loaded.runtimeDir };
  const elsewhere = s3Elsewhere(settings);
  if (elsewhere) console.error(elsewhere);
  await using connections = new Connections(settings);
  const watch = new Watch(connections, every);
  const app = consoleApp({ connections, watch, signal }, accessOf(settings));
  await using server = serve(settings, settings.ports.console, app.fetch);
  await using _also = also === undefined ? undefined : serve(settings, also, app.fetch);
  // As a service it is among the services.
  await using _running = runtimeDir === undefined
    ? await registerRunning(settings.runtimeDir, { role: "console" })
    : undefined;
  console.log(`Console: http://${shownHost(settings)}:${server.addr.port}`);
  const watching = watch.run(signal);
  await watching;
});

/** @throws {UserError} when others can connect and need no token, or the port is taken */
function serve(
  { console: { host } }: Settings,
  port: number,
  handler: Deno.ServeHandler,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: host, port, onListen() {} }, handler);
  } catch (error) {
    // An address that the permission set does not have yet: runEntry says where it is added.
    if (error instanceof Deno.errors.NotCapable) throw error;
    const why = error instanceof Deno.errors.AddrInUse
      ? "it is in use, perhaps by another console"
      : rootMessage(error);
    throw new UserError(
      `Cannot serve the console on port ${port} (CONSOLE_PORT): ${why}`,
      "open that one, or set CONSOLE_PORT to a free port",
      { cause: error },
    );
  }
}

function accessOf({ console: { host, token } }: Settings): Access {
  const changeToken = crypto.randomUUID();
  if (LOOPBACK.includes(host)) return { hosts: [], changeToken, visitToken: token };
  if (token === undefined) {
    throw new UserError(
      `CONSOLE_HOST is ${host}: others could see the data, and replay dead letters`,
      "set CONSOLE_TOKEN to a secret that visitors must know, or leave CONSOLE_HOST unset",
      { exitCode: 2 },
    );
  }
  return { hosts: undefined, visitToken: token, changeToken };
}

function shownHost({ console: { host } }: Settings): string {
  return LOOPBACK.includes(host) || ["0.0.0.0", "::"].includes(host) ? "localhost" : host;
}
