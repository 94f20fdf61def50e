/**
 * Asks the consumer of this machine, or container, whether it is reading its partitions or rightly
 * standing by; with `--alive` only whether it responds. Exit code 0 if so, else 1.
 */
import process from "node:process";

/** How long it may take to respond, in ms. */
const TIMEOUT_MS = 3_000;

try {
  const response = await fetch(`http://127.0.0.1:${process.env.STATUS_PORT || "8891"}/healthz`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  console.log((await response.text()).trim());
  Deno.exit(response.ok || Deno.args.includes("--alive") ? 0 : 1);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
