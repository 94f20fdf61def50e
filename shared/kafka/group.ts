import type { Admin, KafkaJSProtocolError } from "kafkajs";
import { backoff } from "../cli/backoff.ts";
import { causesOf } from "../cli/errors.ts";
import { retry } from "../cli/retry.ts";

/** How long the cluster may take to have a coordinator of the group, in ms. */
const TIMEOUT_MS = 30_000;

/**
 * Sends a request about a consumer group, retrying while it has no coordinator: a cluster that
 * never had a group creates __consumer_offsets only at the first request.
 *
 * @throws `signal.reason` when aborted before there is one; kafkajs' errors
 */
export async function askGroup<T>(
  admin: Admin,
  question: (admin: Admin) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + TIMEOUT_MS;
  return await retry(() => question(admin), {
    maxAttempts: Infinity,
    base: 100,
    max: 1_000,
    isRetriable: (error) => performance.now() < deadline && lacksCoordinator(error),
    // The signal only ends the waiting: the first request is always sent.
    wait: (attempt, options) => backoff(attempt, { ...options, signal }),
  });
}

/** How many members a consumer group has. */
export async function countMembers(
  admin: Admin,
  groupId: string,
  signal?: AbortSignal,
): Promise<number> {
  const { groups } = await askGroup(admin, (admin) => admin.describeGroups([groupId]), signal);
  return groups[0]?.members.length ?? 0;
}

/** kafkajs words and wraps it in several ways. */
function lacksCoordinator(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    const { name, type } = cause as KafkaJSProtocolError;
    return name === "KafkaJSGroupCoordinatorNotFound" || type?.includes("COORDINATOR") ||
      type === "GROUP_LOAD_IN_PROGRESS";
  });
}
