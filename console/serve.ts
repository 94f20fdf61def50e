import { rootMessage, UserError } from "../shared/cli/errors.ts";
import { orAborted } from "../shared/cli/or_aborted.ts";

/** How long answers may take when it ends, in ms: a browser may have paused a download. */
const SHUTDOWN_MS = 3_000;
/** The addresses that take what comes to 127.0.0.1. */
const WITH_LOOPBACK = ["127.0.0.1", "0.0.0.0", "::"];

/**
 * Serves the console on a port of a host, and of 127.0.0.1, where whoever starts it asks for its
 * health. Dispose it to end that.
 *
 * @throws {UserError} when it cannot listen, as on a port that is taken
 */
export function serve(
  hostname: string,
  port: number,
  handler: Deno.ServeHandler,
): AsyncDisposable {
  const servers = [listen(hostname, port, handler)];
  if (!WITH_LOOPBACK.includes(servers[0]!.addr.hostname)) {
    servers.push(listen("127.0.0.1", port, handler));
  }
  return {
    async [Symbol.asyncDispose]() {
      const ended = Promise.all(servers.map((server) => server.shutdown()));
      await orAborted(ended, AbortSignal.timeout(SHUTDOWN_MS)).catch(() => {});
    },
  };
}

function listen(
  hostname: string,
  port: number,
  handler: Deno.ServeHandler,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname, port, onListen() {} }, handler);
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
