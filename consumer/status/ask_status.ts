import type { ConsumerStatus } from "./status.ts";

/** How long a consumer may take to report its state, in ms. */
const TIMEOUT_MS = 3_000;

/** A consumer's status page; undefined if it does not respond. */
export async function consumerStatus(port: number): Promise<ConsumerStatus | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/status`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await response.json();
  } catch {
    return undefined;
  }
}
