import { type Admin, AssignerProtocol, type GroupDescription } from "kafkajs";
import { retry } from "../../shared/cli/retry.ts";

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** What a group looks like to a member that subscribes to certain topics. */
export interface Membership {
  /** Members that subscribe to one of these topics. */
  readonly members: number;
  /** Partitions of these topics. */
  readonly partitions: number;
  /** Those of them that no subscriber has. */
  readonly unread: number;
  /** Topics that members subscribe to and that are not among these. */
  readonly otherTopics: readonly string[];
}

/**
 * Asks the group's coordinator until the rebalance is over for all members.
 *
 * @param partitions the partitions of each topic that this member subscribes to
 * @throws `signal.reason` when the signal aborts, and nothing else
 */
export async function fetchMembership(
  admin: Admin,
  groupId: string,
  partitions: ReadonlyMap<string, readonly number[]>,
  signal: AbortSignal,
): Promise<Membership> {
  return await retry(async () => {
    const { groups: [group] } = await admin.describeGroups([groupId]);
    signal.throwIfAborted();
    if (group?.state !== "Stable") throw new Error("the group is rebalancing");
    return membershipOf(group.members, partitions);
  }, { maxAttempts: Infinity, signal });
}

/**
 * Evaluates the coordinator's description of a stable group.
 *
 * @param partitions as for {@linkcode fetchMembership}
 */
export function membershipOf(
  members: GroupDescription["members"],
  partitions: ReadonlyMap<string, readonly number[]>,
): Membership {
  const read = new Set<string>();
  const otherTopics = new Set<string>();
  let subscribers = 0;
  for (const { memberMetadata, memberAssignment } of members) {
    const topics = MemberMetadata.decode(memberMetadata)?.topics ?? [];
    if (topics.some((topic) => partitions.has(topic))) subscribers++;
    for (const topic of topics) if (!partitions.has(topic)) otherTopics.add(topic);
    const { assignment = {} } = MemberAssignment.decode(memberAssignment) ?? {};
    for (const topic of topics) {
      for (const partition of assignment[topic] ?? []) read.add(`${topic}/${partition}`);
    }
  }
  const all = [...partitions].flatMap(([topic, ids]) => ids.map((id) => `${topic}/${id}`));
  return {
    members: subscribers,
    partitions: all.length,
    unread: all.filter((place) => !read.has(place)).length,
    otherTopics: [...otherTopics],
  };
}
