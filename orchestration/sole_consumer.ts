import type { Admin } from "kafkajs";
import { until } from "../shared/cli/until.ts";
import { UserError } from "../shared/cli/errors.ts";
import { listRunning } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { consumerStatus } from "../consumer/status/ask_status.ts";
import { countMembers } from "../shared/kafka/group.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/** How long the broker may take, beyond the session timeout, to notice that a member is gone, in ms. */
const EXPIRY_MS = 5_000;
const POLL_MS = 250;

/**
 * Makes sure that no consumer of the group runs on this machine: it would take a part of the events,
 * and land them by a policy of its own.
 *
 * @throws {UserError} naming the consumer
 */
export async function requireNoConsumer(settings: Settings): Promise<void> {
  for (const { role, pid, statusPort } of await listRunning(settings.runtimeDir)) {
    if (role !== "consumer") continue;
    const status = statusPort ? await consumerStatus(statusPort) : undefined;
    if (status && status.group !== settings.group) continue;
    throw another(settings.group, `pid ${pid}`);
  }
}

/**
 * Waits until a consumer group has no members: one that was killed stays a member until its session
 * times out.
 *
 * @throws {UserError} when a consumer of the group keeps running, wherever; `signal.reason` when aborted
 */
export async function untilGroupIsEmpty(
  admin: Admin,
  { group, sessionTimeout }: Settings,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const isEmpty = async () => await countMembers(admin, group, signal) === 0;
  if (await isEmpty()) return;
  log(`Waiting for Kafka to expel a dead consumer of ${group}…`);
  const timeout = sessionTimeout * 1000 + EXPIRY_MS;
  if (!await until(isEmpty, { timeout, interval: POLL_MS, signal })) {
    throw another(group, "on another machine");
  }
}

function another(group: string, where: string): UserError {
  return new UserError(
    `Cannot run the demo while another consumer of the group ${group} is running (${where}): it would take some of the events`,
    `stop it with Ctrl-C where it runs or with: ${
      taskCommand("stop")
    } (or set TOPIC_PREFIX and RAW_BUCKET)`,
  );
}
