import type { PartitionAssigner } from "kafkajs";

/**
 * A partition assigner that reports that the member is about to join, before JoinGroup is sent.
 *
 * The broker checks a commit's generation, not who owns the partition, and kafkajs reads the
 * generation at the moment of the call. A generation that is ended here can therefore commit
 * nothing later, and what it has sent before carries its old number, which the broker refuses once
 * the group has moved on. kafkajs calls `protocol()` synchronously before every (re)join.
 */
export function fencedAssigner(inner: PartitionAssigner, onJoin: () => void): PartitionAssigner {
  return (config) => {
    const assigner = inner(config);
    return {
      ...assigner,
      assign: (group) => assigner.assign(group),
      protocol(subscription) {
        onJoin();
        return assigner.protocol(subscription);
      },
    };
  };
}
