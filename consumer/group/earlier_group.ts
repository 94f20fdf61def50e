import type { Admin } from "kafkajs";
import { UserError } from "../../shared/cli/errors.ts";
import { readSettings, type Settings } from "../../shared/cli/settings.ts";

/**
 * Refuses to land everything again after the default group name has changed: once a topic
 * prefix did not belong to it, and the offsets of a prefix's topics stand with the plain group.
 *
 * @param topics the consumer's
 * @throws {UserError} when that is so: says how to go on from there, and how not to
 */
export async function refuseEarlierGroup(
  admin: Admin,
  { group, topicPrefix }: Pick<Settings, "group" | "topicPrefix">,
  topics: readonly string[],
): Promise<void> {
  const defaultGroup = (prefix: string) =>
    readSettings((name) => name === "TOPIC_PREFIX" ? prefix : undefined).group;
  const earlier = defaultGroup("");
  if (topicPrefix === "" || group !== defaultGroup(topicPrefix)) return;
  if (await hasCommitted(admin, group, topics)) return;
  // An earlier group that we may not see is not one that we could continue.
  if (!await hasCommitted(admin, earlier, topics).catch(() => false)) return;
  throw new UserError(
    `The topics with TOPIC_PREFIX ${topicPrefix} were consumed by the group ${earlier} until now, and the group ${group}, which is the default of that prefix, has no committed offsets: it would land all of their events again`,
    `set CONSUMER_GROUP=${earlier} to go on from there; to land everything again, delete that group's offsets of these topics first (kafka-consumer-groups --delete-offsets)`,
  );
}

async function hasCommitted(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<boolean> {
  const offsets = await admin.fetchOffsets({ groupId, topics: [...topics] });
  return offsets.some(({ partitions }) => partitions.some(({ offset }) => Number(offset) >= 0));
}
