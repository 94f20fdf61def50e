import { AssignerProtocol, type Cluster, type PartitionAssigner } from "kafkajs";
import { Buffer } from "node:buffer";
import { retry } from "../../shared/cli/retry.ts";
import { rootMessage } from "../../shared/cli/errors.ts";

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** A member of the group and the topics that it subscribes to. */
export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

const NO_DATA = Buffer.alloc(0);
/** How often another member's topic is looked up before it is left out. */
const TRIES = 3;

/**
 * Assigns every topic's partitions to the members that subscribe to it, round-robin over all
 * topics, as Kafka's RoundRobinAssignor does. kafkajs' own hands the leader's topics to all
 * members: those that subscribe to others drop what they get, so nobody reads it.
 *
 * It has the name and the format of kafkajs' own, so that members of earlier versions and of this
 * one can be in one group while they are replaced: each assignment is made by one member, the
 * leader, and every member understands it. Under another name the newcomers could not join at all
 * (INCONSISTENT_GROUP_PROTOCOL).
 *
 * @param onLeftOut called with a topic of other members whose partitions are unknown, and why
 */
export class SubscriptionAssigner {
  #cluster: Cluster | undefined;

  constructor(private readonly onLeftOut: (topic: string, why: string) => void) {}

  /** For kafkajs' `partitionAssigners`. */
  readonly create: PartitionAssigner = ({ cluster, groupId }) => {
    this.#cluster = cluster;
    return {
      name: "RoundRobinAssigner",
      version: 0,
      protocol: ({ topics }) => ({
        name: "RoundRobinAssigner",
        metadata: MemberMetadata.encode({ version: 0, topics, userData: NO_DATA }),
      }),
      assign: async ({ members, topics: ours }) => {
        const subscribers = members.map(({ memberId, memberMetadata }) => ({
          memberId,
          topics: MemberMetadata.decode(memberMetadata)?.topics ?? [],
        }));
        const topics = [...new Set(subscribers.flatMap(({ topics }) => topics))];
        const partitions = await Promise.all(topics.map(async (topic) => {
          // kafkajs knows those of the leader's own topics: it has just asked for them.
          const known = ours.includes(topic)
            ? this.partitionsOf(topic)
            : await this.#askFor(topic, groupId);
          return [topic, known] as const;
        }));
        return [...shareOut(subscribers, new Map(partitions))].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: 0,
            assignment,
            userData: NO_DATA,
          }),
        }));
      },
    };
  };

  /** The currently known partitions of a topic that the consumer subscribes to. */
  partitionsOf(topic: string): number[] {
    return this.#cluster!.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  }

  /**
   * The partitions of another member's topic. It is not made a topic of this consumer's client:
   * that would refresh it from then on, and fail when it is deleted. One that does not exist, or
   * that we may not see, does not hold up the others.
   *
   * @throws when the broker cannot be reached: then nothing can be assigned
   */
  async #askFor(topic: string, groupId: string): Promise<number[]> {
    const ask = async () => {
      const broker = await this.#cluster!.findGroupCoordinator({ groupId });
      const { topicMetadata } = await broker.metadata([topic]);
      return topicMetadata.flatMap(({ partitionMetadata }) =>
        partitionMetadata.map(({ partitionId }) => partitionId)
      );
    };
    const isRetriable = (error: unknown) => {
      const { type, retriable } = error as { type?: string; retriable?: boolean };
      return type !== undefined && Boolean(retriable);
    };
    try {
      return await retry(ask, { maxAttempts: TRIES, base: 100, max: 500, isRetriable });
    } catch (error) {
      if ((error as { type?: string }).type === undefined) throw error;
      this.onLeftOut(topic, rootMessage(error));
      return [];
    }
  }
}

/**
 * Assigns the partitions to the members that subscribe to their topic: topics and members in the
 * order of their names, continuing for each topic where the previous one ended.
 *
 * @param partitions of every topic that a member subscribes to
 * @returns the assignment of each member that gets a partition
 */
export function shareOut(
  subscribers: readonly Subscriber[],
  partitions: ReadonlyMap<string, readonly number[]>,
): Map<string, Record<string, number[]>> {
  const members = subscribers.toSorted((a, b) => a.memberId < b.memberId ? -1 : 1);
  const assignments = new Map<string, Record<string, number[]>>();
  let turn = 0;
  for (const [topic, ids] of [...partitions].toSorted(([a], [b]) => a < b ? -1 : 1)) {
    if (!members.some(({ topics }) => topics.includes(topic))) continue;
    for (const id of ids.toSorted((a, b) => a - b)) {
      while (!members[turn % members.length]!.topics.includes(topic)) turn++;
      const { memberId } = members[turn++ % members.length]!;
      const assignment = assignments.get(memberId) ?? {};
      (assignment[topic] ??= []).push(id);
      assignments.set(memberId, assignment);
    }
  }
  return assignments;
}
