/** Whether the consumer of this machine, or container, owns its partitions: exit code 0, else 1. */
import process from "node:process";

/** How long it may take to answer, in ms. */
const PATIENCE_MS = 3_000;

const port = process.env.STATUS_PORT || "8891";
const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
  signal: AbortSignal.timeout(PATIENCE_MS),
}).catch((error) => new Response(`${error.message}\n`, { status: 503 }));
console.log((await response.text()).trim());
Deno.exit(response.ok ? 0 : 1);
