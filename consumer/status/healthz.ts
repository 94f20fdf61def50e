/**
 * Asks the consumer of this machine, or container, whether it is reading its partitions or rightly
 * standing by; with `--alive` only whether it responds. `--console` asks the console of a container.
 * Exit code 0 if so, else 1.
 */
import process from "node:process";

/** How long it may take to respond, in ms. */
const TIMEOUT_MS = 3_000;

/** A console's port within its container: it is moved where it is published. */
const CONSOLE_PORT = "8890";

try {
  const port = Deno.args.includes("--console") ? CONSOLE_PORT : process.env.STATUS_PORT || "8891";
  const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  console.log((await response.text()).trim());
  Deno.exit(response.ok || Deno.args.includes("--alive") ? 0 : 1);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
