import { pause } from "../../shared/cli/backoff.ts";

/** The interval of heartbeats, in ms. */
export const HEARTBEAT_MS = 1_500;

/**
 * Awaits a promise while sending the group's heartbeats.
 *
 * @param options.every ms between two heartbeats
 * @throws what the promise throws, or kafkajs' heartbeat: that makes kafkajs rejoin the group
 */
export async function heartbeatWhile<T>(
  waiting: Promise<T>,
  heartbeat: () => Promise<void>,
  { every = HEARTBEAT_MS }: { every?: number } = {},
): Promise<T> {
  let settled = false;
  const over = new AbortController();
  const settle = () => {
    settled = true;
    over.abort();
  };
  waiting.then(settle, settle);
  while (!settled) {
    await pause(every, over.signal).catch(() => {});
    if (!settled) await heartbeat();
  }
  return await waiting;
}
